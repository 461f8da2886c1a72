// What becomes of the counts of a block of pixels: bits, or sums in planes.
#pragma once

#include "../simd/bytes.h"
#include "../simd/lanes.h"
#include "../simd/runs.h"

/// Pixels of a block: a multiple of four and of eight. Their counts take 6 KB.
enum { COUNT_PIXELS = 48 };

/// Where the windows of output pixels begin, row after row.
typedef struct {
  const uint8_t *block;
  ptrdiff_t pixel_step, row_step;  ///< bytes
  ptrdiff_t width, x, y;           ///< of the output, and the next pixel's place
} window_places;

/// The next windows, and the kinds of their pixels; those are left as they are where pixels have
/// none.
FRUGAL_INLINE void next_windows(window_places *p, const frugal_count_finish *f, ptrdiff_t count,
                                const uint8_t **windows, int32_t *kinds) {
  for (ptrdiff_t first = 0, end = 0; first < count; first = end) {
    end = smaller_of(count, first + p->width - p->x);
    const uint8_t *window = p->block + p->y * p->row_step + p->x * p->pixel_step;
    for (ptrdiff_t i = first; i < end; i++, window += p->pixel_step) windows[i] = window;
    if (f->row_kinds)
      for (ptrdiff_t i = first; i < end; i++)
        kinds[i] = f->row_kinds[p->y] + f->column_kinds[p->x + i - first];
    p->x += end - first;
    if (p->x == p->width) p->x = 0, p->y++;
  }
}

/// Sets `count` bits from bit `first` on.
FRUGAL_INLINE void put_bits(uint64_t *words, ptrdiff_t first, uint32_t bits, ptrdiff_t count) {
  typedef uint32_t half __attribute__((may_alias));
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  if (first % 32 == 0) {
    ((half *)words)[first / 32] = bits;
    return;
  }
#endif
  const ptrdiff_t word = first / 64, shift = first % 64;
  words[word] |= (uint64_t)bits << shift;
  if (shift + count > 64) words[word + 1] |= (uint64_t)bits >> (64 - shift);
}

/// Thresholds are loaded for each pixel: runs of one kind are short in small maps, and loops over
/// them took 1.1 times as long in all at 256×8².
FRUGAL_INLINE void finish_bits(const frugal_count_finish *f, const int32_t *kinds, ptrdiff_t count,
                               const uint16_t *counts, ptrdiff_t filter, ptrdiff_t filters,
                               ptrdiff_t pixel) {
  // Read once: a store to the words might change what `f` points to, for all the compiler knows.
  const ptrdiff_t pixel_words = f->pixel_words, threshold_stride = f->threshold_stride;
  for (ptrdiff_t v = 0; 32 * v < filters; v++) {
    const uint32_t inversion = f->inversions[filter / 32 + v];
    const ptrdiff_t left = smaller_of(32, filters - 32 * v);
    const ptrdiff_t first_bit = f->first_bit + filter + 32 * v;
    uint64_t *words = f->words + pixel * pixel_words;
    const uint16_t *limits = f->count_thresholds + filter + 32 * v;
    for (ptrdiff_t x = 0; x < count; x++, words += pixel_words) {
      const uint16_t *found = counts + x * FRUGAL_FILTERS + 32 * v;
      const uint16_t *limit = limits + kinds[x] * threshold_stride;
      const uint32_t bits = bits_at_least(load_counts32(found), limit);
      put_bits(words, first_bit, bits ^ inversion, left);
    }
  }
}

/// Eight pixels of one filter, from a place of the output on; the first n of them are stored.
FRUGAL_INLINE void store_sums(const frugal_sums kind, const frugal_count_finish *f, integers8 sums,
                              ptrdiff_t filter, ptrdiff_t place, ptrdiff_t n) {
  if (kind == FRUGAL_SUMS_FLOAT) {
    const vector8 values = __builtin_convertvector(sums, vector8) * broadcast8(f->scale[filter]) +
                           broadcast8(f->bias[filter]);
    float *out = (float *)f->out + place;
    if (n == LANES)
      store8(out, values);
    else
      for (ptrdiff_t i = 0; i < n; i++) out[i] = values[i];
  } else if (kind == FRUGAL_SUMS_INT16) {
    const shorts8 values = __builtin_convertvector(sums, shorts8);
    int16_t *out = (int16_t *)f->out + place;
    if (n == LANES)
      store_shorts8(out, values);
    else
      for (ptrdiff_t i = 0; i < n; i++) out[i] = values[i];
  } else {
    int32_t *out = (int32_t *)f->out + place;
    if (n == LANES)
      store_integers8(out, f->accumulates ? load_integers8(out) + sums : sums);
    else
      for (ptrdiff_t i = 0; i < n; i++) out[i] = (f->accumulates ? out[i] : 0) + sums[i];
  }
}

/// Eight even or eight odd filters at a time: filters base, base + 2 … base + 14; pixels of one
/// kind.
FRUGAL_INLINE void finish_sums(const frugal_sums kind, const frugal_count_finish *f,
                               const int32_t *kinds, ptrdiff_t count, const uint16_t *counts,
                               ptrdiff_t filter, ptrdiff_t filters, ptrdiff_t pixel) {
  for (ptrdiff_t first = 0, end = 0; first < count; first = end) {
    while (end < count && kinds[end] == kinds[first]) end++;
    const int32_t *corrections =
        f->corrections ? f->corrections + kinds[first] * f->correction_stride : 0;
    for (ptrdiff_t eight = 0; eight < FRUGAL_FILTERS / 8; eight++) {
      const ptrdiff_t base = eight / 4 * 32 + eight % 2 * 16 + eight / 2 % 2;
      if (base >= filters) continue;
      for (ptrdiff_t x = first; x < end; x += LANES) {
        counts8 v[8];
        for (ptrdiff_t i = 0; i < LANES; i++)
          v[i] = load_counts8(counts + smaller_of(x + i, end - 1) * FRUGAL_FILTERS + 8 * eight);
        transpose8(v);
        for (ptrdiff_t i = 0; i < 8 && base + 2 * i < filters; i++) {
          const ptrdiff_t n = filter + base + 2 * i;
          const int32_t offset = f->offset + (corrections ? f->times * corrections[n] : 0);
          const integers8 sums = __builtin_convertvector(v[i], integers8) * (integers8)(f->factor) +
                                 (integers8)(offset);
          store_sums(kind, f, sums, n, n * f->plane_stride + pixel + x, smaller_of(LANES, end - x));
        }
      }
    }
  }
}

/// Filters `filter` ..< `filter + filters` of `count` output pixels from `pixel` on, with the kind
/// of each. Counts `[pixel][64]`, each 32 as sixteen even and sixteen odd ones.
FRUGAL_INLINE void finish_counts(const frugal_count_finish *f, const int32_t *kinds,
                                 ptrdiff_t count, const uint16_t *counts, ptrdiff_t filter,
                                 ptrdiff_t filters, ptrdiff_t pixel) {
  switch (f->kind) {
    case FRUGAL_SUMS_BITS:
      finish_bits(f, kinds, count, counts, filter, filters, pixel);
      break;
    case FRUGAL_SUMS_INT32:
      finish_sums(FRUGAL_SUMS_INT32, f, kinds, count, counts, filter, filters, pixel);
      break;
    case FRUGAL_SUMS_INT16:
      finish_sums(FRUGAL_SUMS_INT16, f, kinds, count, counts, filter, filters, pixel);
      break;
    case FRUGAL_SUMS_FLOAT:
      finish_sums(FRUGAL_SUMS_FLOAT, f, kinds, count, counts, filter, filters, pixel);
      break;
  }
}
