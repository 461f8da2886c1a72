// Runs of floats: copying, thinning, zeroing. Rows of a map are 7 to 112 floats, so the loops are
// inline and a tail is one vector that overlaps its predecessor inside the run. Runs shorter than a
// vector are two halves that overlap, or up to three floats (first, middle, last): a loop over them
// would be made into masked stores, microcoded on AMD (measured: half of a depthwise kernel's
// time).
#pragma once

#include "vector.h"

FRUGAL_INLINE ptrdiff_t smaller_of(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
FRUGAL_INLINE ptrdiff_t larger_of(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }
FRUGAL_INLINE ptrdiff_t clamped(ptrdiff_t v, ptrdiff_t low, ptrdiff_t high) {
  return v < low ? low : v > high ? high : v;
}

FRUGAL_INLINE void zero_run(float *dst, ptrdiff_t n) {
  if (n >= LANES) {
    for (ptrdiff_t i = 0; i + LANES < n; i += LANES) store8(dst + i, broadcast8(0));
    store8(dst + n - LANES, broadcast8(0));
  } else if (n >= 4) {
    store4(dst, (vector4)(0)), store4(dst + n - 4, (vector4)(0));
  } else if (n > 0) {
    dst[0] = dst[n / 2] = dst[n - 1] = 0;
  }
}

FRUGAL_INLINE void copy_run(float *restrict dst, const float *restrict src, ptrdiff_t n) {
  if (n >= LANES) {
    ptrdiff_t i = 0;
    // Long runs store to whole vectors' addresses: half the time on Zen 1.
    if (n > 4 * LANES && (uintptr_t)dst % (LANES * sizeof(float))) {
      store8(dst, load8(src));
      i = LANES - (ptrdiff_t)((uintptr_t)dst / sizeof(float) % LANES);
    }
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
      vector8 a = load8(src + i), b = load8(src + i + LANES);
      vector8 c = load8(src + i + 2 * LANES), d = load8(src + i + 3 * LANES);
      store8(dst + i, a), store8(dst + i + LANES, b);
      store8(dst + i + 2 * LANES, c), store8(dst + i + 3 * LANES, d);
    }
    if (i < n) {
      for (; i + LANES < n; i += LANES) store8(dst + i, load8(src + i));
      store8(dst + n - LANES, load8(src + n - LANES));
    }
  } else if (n >= 4) {
    vector4 first = load4(src), last = load4(src + n - 4);
    store4(dst, first), store4(dst + n - 4, last);
  } else if (n > 0) {
    float first = src[0], middle = src[n / 2], last = src[n - 1];
    dst[0] = first, dst[n / 2] = middle, dst[n - 1] = last;
  }
}

/// dst[i] = src[2*i]; reads 2*n - 1 floats. Four at a time: eight need a shuffle across the halves
/// of a register, which costs more than the second store (measured on Zen 1: half the speed).
FRUGAL_INLINE void copy_every_second(float *restrict dst, const float *restrict src, ptrdiff_t n) {
  if (n >= 4) {
    ptrdiff_t i = 0;
    for (; i + 8 < n; i += 8) {
      vector4 a = load4_every_second(src + 2 * i), b = load4_every_second(src + 2 * i + 8);
      store4(dst + i, a), store4(dst + i + 4, b);
    }
    if (i + 4 < n) store4(dst + i, load4_every_second(src + 2 * i));
    store4(dst + n - 4, load4_every_second(src + 2 * (n - 4)));
  } else if (n > 0) {
    float first = src[0], middle = src[n / 2 * 2], last = src[n * 2 - 2];
    dst[0] = first, dst[n / 2] = middle, dst[n - 1] = last;
  }
}

/// dst[i] = src[stride*i]
FRUGAL_INLINE void copy_strided(float *restrict dst, const float *restrict src, ptrdiff_t n,
                                ptrdiff_t stride) {
  if (stride == 1) {
    copy_run(dst, src, n);
  } else if (stride == 2) {
    copy_every_second(dst, src, n);
  } else {
#pragma clang loop vectorize(disable)
    for (ptrdiff_t i = 0; i < n; i++) dst[i] = src[stride * i];
  }
}

/// `rows` runs; what depends on n alone is decided once.
FRUGAL_INLINE void copy_rows(float *restrict dst, ptrdiff_t dst_pitch, const float *restrict src,
                             ptrdiff_t src_pitch, ptrdiff_t rows, ptrdiff_t n) {
  if (n >= 4 && n < LANES) {
    for (ptrdiff_t y = 0; y < rows; y++, dst += dst_pitch, src += src_pitch) {
      vector4 first = load4(src), last = load4(src + n - 4);
      store4(dst, first), store4(dst + n - 4, last);
    }
  } else {
    for (ptrdiff_t y = 0; y < rows; y++, dst += dst_pitch, src += src_pitch) copy_run(dst, src, n);
  }
}

/// The first n lanes, n <= 8.
FRUGAL_INLINE void store_first(float *dst, vector8 v, ptrdiff_t n) {
  float lanes[LANES];
  store8(lanes, v);
  copy_run(dst, lanes, n);
}

/// The indices i in 0 ..< n with 0 <= first + stride*i < extent, as a range [start, end).
typedef struct {
  ptrdiff_t start, end;
} index_range;

/// `first` must not be further from the extent than products of sizes reach: clamp it before.
FRUGAL_INLINE index_range indices_inside(ptrdiff_t first, ptrdiff_t stride, ptrdiff_t n,
                                         ptrdiff_t extent) {
  ptrdiff_t before = first < 0 ? -first : 0;
  ptrdiff_t left = extent > first ? extent - first : 0;
  if (stride != 1) {
    before = (before + stride - 1) / stride;
    left = (left + stride - 1) / stride;
  }
  ptrdiff_t start = smaller_of(before, n);
  return (index_range){start, larger_of(start, smaller_of(left, n))};
}
