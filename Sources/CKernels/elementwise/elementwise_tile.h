// Elementwise passes over rows that are in cache.
//
// The tail of a row is its last vectors, overlapping those before: they are loaded before anything
// is stored, so that a pass in place sees every value once. Rows shorter than a vector go through a
// masked load and scalar stores.
#pragma once

#include "../simd/runs.h"
#include "exponential.h"

typedef struct {
  vector8 bias, beta, low, high;
} epilogue_constants;

/// Some vectors. The activation and the placement are constants: each pair is a loop of its own.
FRUGAL_INLINE void finish_vectors(frugal_activation activation, frugal_residual_placement placement,
                                  const epilogue_constants *constants, vector8 *v,
                                  const vector8 *residual, int count) {
  vector8 e[BURST];
  UNROLLED (k, count) v[k] += constants->bias;
  if (placement == FRUGAL_RESIDUAL_BEFORE)
    UNROLLED (k, count) v[k] += residual[k];
  if (activation == FRUGAL_SWISH) {
    UNROLLED (k, count) e[k] = v[k] * -constants->beta;
    one_plus_exponentials(e, count);
    UNROLLED (k, count) v[k] = v[k] / e[k];
  }
  if (activation == FRUGAL_SIGMOID) {
    UNROLLED (k, count) e[k] = -v[k];
    one_plus_exponentials(e, count);
    UNROLLED (k, count) v[k] = broadcast8(1) / e[k];
  }
  if (activation == FRUGAL_HARD_SWISH)
    UNROLLED (k, count) v[k] = hard_swish8(v[k]);
  UNROLLED (k, count) v[k] = at_most(at_least(v[k], constants->low), constants->high);
  if (placement == FRUGAL_RESIDUAL_AFTER)
    UNROLLED (k, count) v[k] += residual[k];
}

/// `count` vectors that follow each other.
FRUGAL_INLINE void load_vectors(vector8 *v, const float *src, int count) {
  UNROLLED (k, count) v[k] = load8(src + k * LANES);
}

/// A row of at least `count` vectors, as many at a time; the last of them reach back.
FRUGAL_INLINE void epilogue_bursts(frugal_activation activation,
                                   frugal_residual_placement placement,
                                   const epilogue_constants *constants, const float *residual,
                                   const float *src, float *dst, ptrdiff_t n, int count) {
  const bool adds = placement != FRUGAL_RESIDUAL_NONE;
  const ptrdiff_t last = n - count * LANES;
  vector8 v[BURST], r[BURST] = {0}, v_last[BURST], r_last[BURST] = {0};
  load_vectors(v_last, src + last, count);
  if (adds) load_vectors(r_last, residual + last, count);
  for (ptrdiff_t i = 0; i < last; i += count * LANES) {
    load_vectors(v, src + i, count);
    if (adds) load_vectors(r, residual + i, count);
    finish_vectors(activation, placement, constants, v, r, count);
    UNROLLED (k, count) store8(dst + i + k * LANES, v[k]);
  }
  finish_vectors(activation, placement, constants, v_last, r_last, count);
  UNROLLED (k, count) store8(dst + last + k * LANES, v_last[k]);
}

FRUGAL_INLINE void epilogue_row(frugal_activation activation, frugal_residual_placement placement,
                                const epilogue_constants *constants, const float *residual,
                                const float *src, float *dst, ptrdiff_t n) {
  if (n >= BURST * LANES) {
    epilogue_bursts(activation, placement, constants, residual, src, dst, n, BURST);
  } else if (n >= LANES) {
    epilogue_bursts(activation, placement, constants, residual, src, dst, n, 1);
  } else {
    vector8 v = load_first(src, n), r = residual ? load_first(residual, n) : broadcast8(0);
    finish_vectors(activation, placement, constants, &v, &r, 1);
    store_first(dst, v, n);
  }
}

FRUGAL_INLINE void epilogue_rows(frugal_activation activation, frugal_residual_placement placement,
                                 const frugal_epilogue *e, const float *bias, ptrdiff_t bias_stride,
                                 const float *residual, ptrdiff_t residual_ld, const float *src,
                                 ptrdiff_t src_ld, float *dst, ptrdiff_t dst_ld, ptrdiff_t count,
                                 ptrdiff_t n) {
  epilogue_constants constants = {broadcast8(-0.0f), broadcast8(e->beta), broadcast8(e->low),
                                  broadcast8(e->high)};
  for (ptrdiff_t r = 0; r < count; r++) {
    if (bias) constants.bias = broadcast8(bias[r * bias_stride]);  // else -0, which changes nothing
    epilogue_row(activation, placement, &constants,
                 placement == FRUGAL_RESIDUAL_NONE ? 0 : residual + r * residual_ld,
                 src + r * src_ld, dst + r * dst_ld, n);
  }
}

typedef void epilogue_rows_function(const frugal_epilogue *e, const float *bias,
                                    ptrdiff_t bias_stride, const float *residual,
                                    ptrdiff_t residual_ld, const float *src, ptrdiff_t src_ld,
                                    float *dst, ptrdiff_t dst_ld, ptrdiff_t count, ptrdiff_t n);

#define EPILOGUE_BODY(activation, placement)                                                     \
  static __attribute__((noinline))                                                               \
  FRUGAL_NO_LIBRARY_CALLS void epilogue_##activation##_##placement(                              \
      const frugal_epilogue *e, const float *bias, ptrdiff_t bias_stride, const float *residual, \
      ptrdiff_t residual_ld, const float *src, ptrdiff_t src_ld, float *dst, ptrdiff_t dst_ld,   \
      ptrdiff_t count, ptrdiff_t n) {                                                            \
    epilogue_rows(FRUGAL_##activation, FRUGAL_RESIDUAL_##placement, e, bias, bias_stride,        \
                  residual, residual_ld, src, src_ld, dst, dst_ld, count, n);                    \
  }
#define EPILOGUE_BODIES(activation) \
  EPILOGUE_BODY(activation, NONE) EPILOGUE_BODY(activation, BEFORE) EPILOGUE_BODY(activation, AFTER)
// clang-format off
EPILOGUE_BODIES(IDENTITY) EPILOGUE_BODIES(SWISH)
EPILOGUE_BODIES(HARD_SWISH) EPILOGUE_BODIES(SIGMOID)
// clang-format on
#undef EPILOGUE_BODIES
#undef EPILOGUE_BODY

    void FRUGAL_SYMBOL(epilogue)(const frugal_epilogue *e, const float *bias, ptrdiff_t bias_stride,
                                 const float *residual, ptrdiff_t residual_ld, const float *src,
                                 ptrdiff_t src_ld, float *dst, ptrdiff_t dst_ld, ptrdiff_t count,
                                 ptrdiff_t n) {
#define EPILOGUE_BODIES(activation)                                                      \
  [FRUGAL_##activation] = {epilogue_##activation##_NONE, epilogue_##activation##_BEFORE, \
                           epilogue_##activation##_AFTER}
  static epilogue_rows_function *const bodies[4][3] = {
      EPILOGUE_BODIES(IDENTITY), EPILOGUE_BODIES(SWISH), EPILOGUE_BODIES(HARD_SWISH),
      EPILOGUE_BODIES(SIGMOID)};
#undef EPILOGUE_BODIES
  bodies[e->activation][e->residual](e, bias, bias_stride, residual, residual_ld, src, src_ld, dst,
                                     dst_ld, count, n);
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(scale_rows)(const float *scales, float *dst,
                                                       ptrdiff_t ld, ptrdiff_t count, ptrdiff_t n) {
  for (ptrdiff_t r = 0; r < count; r++, dst += ld) {
    const vector8 scale = broadcast8(scales[r]);
    if (n < LANES) {
      store_first(dst, load_first(dst, n) * scale, n);
      continue;
    }
    const vector8 tail = load8(dst + n - LANES);
    ptrdiff_t i = 0;
    for (; i + 4 * LANES < n; i += 4 * LANES) {
      vector8 a = load8(dst + i), b = load8(dst + i + LANES);
      vector8 c = load8(dst + i + 2 * LANES), d = load8(dst + i + 3 * LANES);
      store8(dst + i, a * scale), store8(dst + i + LANES, b * scale);
      store8(dst + i + 2 * LANES, c * scale), store8(dst + i + 3 * LANES, d * scale);
    }
    for (; i + LANES < n; i += LANES) store8(dst + i, load8(dst + i) * scale);
    store8(dst + n - LANES, tail * scale);
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(mean_rows)(const float *src, ptrdiff_t ld,
                                                      ptrdiff_t count, ptrdiff_t n, float divisor,
                                                      float *means, ptrdiff_t mean_stride) {
  for (ptrdiff_t r = 0; r < count; r++, src += ld) {
    vector8 sum[4] = {0, 0, 0, 0};
    ptrdiff_t i = 0;
    for (; i + 4 * LANES <= n; i += 4 * LANES) {
      UNROLLED (k, 4) sum[k] += load8(src + i + k * LANES);
    }
    for (; i + LANES <= n; i += LANES) sum[0] += load8(src + i);
    sum[1] += load_first(src + i, n - i);
    means[r * mean_stride] = sum_of_lanes((sum[0] + sum[1]) + (sum[2] + sum[3])) / divisor;
  }
}
