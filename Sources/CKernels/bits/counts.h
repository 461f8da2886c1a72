// What becomes of the counts of a block of pixels: bits, or sums in planes.
#pragma once

#include "../simd/bytes.h"
#include "../simd/runs.h"

/// Pixels of a block: a multiple of four and of eight. Their counts take 6 KB.
enum { COUNT_PIXELS = 48 };

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

/// The thresholds of 32 filters in the order of their counts: even ones, odd ones.
FRUGAL_INLINE void order_thresholds(const int32_t *thresholds, counts16 ordered[2]) {
  typedef int32_t integers16 __attribute__((ext_vector_type(16), aligned(4), may_alias));
  const integers16 low = *(const integers16 *)thresholds,
                   high = *(const integers16 *)(thresholds + 16);
  ordered[0] = __builtin_convertvector(
      __builtin_shufflevector(low, high, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
      counts16);
  ordered[1] = __builtin_convertvector(
      __builtin_shufflevector(low, high, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
      counts16);
}

FRUGAL_INLINE void finish_bits(const frugal_count_finish *f, const uint16_t *counts,
                               ptrdiff_t filter, ptrdiff_t filters, ptrdiff_t pixel,
                               ptrdiff_t count) {
  for (ptrdiff_t v = 0; 32 * v < filters; v++) {
    counts16 thresholds[2];
    order_thresholds(f->thresholds + filter + 32 * v, thresholds);
    const uint32_t inversion = f->inversions[filter / 32 + v];
    const ptrdiff_t left = smaller_of(32, filters - 32 * v);
    uint64_t *words = f->words + pixel * f->pixel_words;
    for (ptrdiff_t x = 0; x < count; x++, words += f->pixel_words) {
      const uint16_t *even = counts + x * FRUGAL_FILTERS + 32 * v;
      const counts16 evens = (counts16)(load_counts16(even) >= thresholds[0]);
      const counts16 odds = (counts16)(load_counts16(even + 16) >= thresholds[1]);
      const counts16 joined = (evens & (counts16)(0xFF)) | (odds & (counts16)(0xFF00));
      const uint32_t bits = bits_of_bytes(__builtin_bit_cast(bytes32, joined));
      put_bits(words, f->first_bit + filter + 32 * v, bits ^ inversion, left);
    }
  }
}

/// Eight pixels of one filter; the first n of them are stored.
FRUGAL_INLINE void store_sums(const frugal_sums kind, const frugal_count_finish *f, counts8 counts,
                              ptrdiff_t filter, ptrdiff_t pixel, ptrdiff_t n) {
  const integers8 sums =
      __builtin_convertvector(counts, integers8) * (integers8)(f->factor) + (integers8)(f->offset);
  const ptrdiff_t place = filter * f->plane_stride + pixel;
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

FRUGAL_INLINE void finish_sums(const frugal_sums kind, const frugal_count_finish *f,
                               const uint16_t *counts, ptrdiff_t filter, ptrdiff_t filters,
                               ptrdiff_t pixel, ptrdiff_t count) {
  // Eight even or eight odd filters at a time: filters base, base + 2 … base + 14.
  for (ptrdiff_t eight = 0; eight < FRUGAL_FILTERS / 8; eight++) {
    const ptrdiff_t base = eight / 4 * 32 + eight % 2 * 16 + eight / 2 % 2;
    if (base >= filters) continue;
    for (ptrdiff_t x = 0; x < count; x += LANES) {
      counts8 v[8];
      for (ptrdiff_t i = 0; i < LANES; i++)
        v[i] = load_counts8(counts + smaller_of(x + i, count - 1) * FRUGAL_FILTERS + 8 * eight);
      transpose8(v);
      for (ptrdiff_t i = 0; i < 8 && base + 2 * i < filters; i++)
        store_sums(kind, f, v[i], filter + base + 2 * i, pixel + x, smaller_of(LANES, count - x));
    }
  }
}

/// Filters `filter` ..< `filter + filters` of output pixels `pixel` ..< `pixel + count`; counts
/// `[pixel][64]`, each 32 as sixteen even and sixteen odd ones.
FRUGAL_INLINE void finish_counts(const frugal_count_finish *f, const uint16_t *counts,
                                 ptrdiff_t filter, ptrdiff_t filters, ptrdiff_t pixel,
                                 ptrdiff_t count) {
  switch (f->kind) {
    case FRUGAL_SUMS_BITS:
      finish_bits(f, counts, filter, filters, pixel, count);
      break;
    case FRUGAL_SUMS_INT32:
      finish_sums(FRUGAL_SUMS_INT32, f, counts, filter, filters, pixel, count);
      break;
    case FRUGAL_SUMS_INT16:
      finish_sums(FRUGAL_SUMS_INT16, f, counts, filter, filters, pixel, count);
      break;
    case FRUGAL_SUMS_FLOAT:
      finish_sums(FRUGAL_SUMS_FLOAT, f, counts, filter, filters, pixel, count);
      break;
  }
}
