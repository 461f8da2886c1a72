// Products of one-bit numbers by counting ones: a half word of activations meets those of sixteen
// filters, one in each lane, and the lanes count by themselves. Made for processors that count the
// ones of every lane in one instruction. Without a shuffle of bytes it is faster than tables, too;
// with AVX2 tables are, which look 32 products up at once.
//
// Packed operands on Sapphire Rapids, one thread, as a multiple of the peak of AVX2's
// multiply-adds: 18 to 24 from 256 products on, tables of AVX2 8 to 9.
//
// Two half words at a time go through a full adder together with the bit that each place has left
// over, so that only carries are counted: five instructions instead of six.
#pragma once

#include "../simd/lanes.h"
#include "counts.h"

enum {
  LANE_PIXELS = 4,
  LANE_VECTORS = 2,
  /// Filters of a tile.
  LANE_FILTERS = 16 * LANE_VECTORS,
  /// Half words of a filter from which on carries are counted. Counting each instead was 1.3 times
  /// as fast with 2, 1.2 with 4, 1.0 with 8, 0.92 with 16 (Sapphire Rapids).
  LEAST_CARRIED = 8,
  /// Half words of a word change places where the highest byte comes first.
  HALF_WORD_FLIP = __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__,
};

/// A half word of a window.
FRUGAL_INLINE uint32_t half_word(const uint8_t *window, ptrdiff_t offset) {
  typedef uint32_t half __attribute__((may_alias));
  return ((const half *)window)[offset ^ HALF_WORD_FLIP];
}

/// Ones of 32 filters for four pixels, every half word's counted.
FRUGAL_INLINE void count_each(const bool is_and, const frugal_lane_product *p,
                              const uint8_t *const *windows, const uint32_t *weights,
                              half_words16 count[LANE_PIXELS][LANE_VECTORS]) {
  for (ptrdiff_t step = 0; step < p->steps; step++, weights += LANE_FILTERS) {
    const ptrdiff_t offset = p->offsets[step];
    UNROLLED (x, LANE_PIXELS) {
      const half_words16 a = (half_words16)(half_word(windows[x], offset));
      UNROLLED (v, LANE_VECTORS) {
        const half_words16 b = load_half_words16(weights + 16 * v);
        const half_words16 ones = ones_of_half_words(is_and ? a & b : a ^ b);
        count[x][v] = step == 0 ? ones : count[x][v] + ones;
      }
    }
  }
}

/// The same; of two half words at a time the carries are.
FRUGAL_INLINE void count_carries(const bool is_and, const frugal_lane_product *p,
                                 const uint8_t *const *windows, const uint32_t *weights,
                                 half_words16 count[LANE_PIXELS][LANE_VECTORS]) {
  half_words16 rest[LANE_PIXELS][LANE_VECTORS];
  const uint8_t *window[LANE_PIXELS];
  UNROLLED (x, LANE_PIXELS) {
    window[x] = windows[x];
    UNROLLED (v, LANE_VECTORS) rest[x][v] = count[x][v] = (half_words16)(0);
  }
  const ptrdiff_t *offset = p->offsets, *end = offset + p->steps / 2 * 2;
#pragma clang loop unroll(disable)
  for (; offset < end; offset += 2, weights += 2 * LANE_FILTERS) {
    half_words16 first[LANE_VECTORS], second[LANE_VECTORS];
    UNROLLED (v, LANE_VECTORS) {
      first[v] = load_half_words16(weights + 16 * v);
      second[v] = load_half_words16(weights + LANE_FILTERS + 16 * v);
    }
    UNROLLED (x, LANE_PIXELS) {
      const half_words16 a = (half_words16)(half_word(window[x], offset[0]));
      const half_words16 b = (half_words16)(half_word(window[x], offset[1]));
      UNROLLED (v, LANE_VECTORS) {
        const half_words16 half_sum = joined_xor(is_and, rest[x][v], a, first[v]);
        const half_words16 sum = joined_xor(is_and, half_sum, b, second[v]);
        count[x][v] += ones_of_half_words(not_or_other(half_sum, sum, rest[x][v]));
        rest[x][v] = sum;
      }
    }
  }
  UNROLLED (x, LANE_PIXELS)
    UNROLLED (v, LANE_VECTORS) {
      count[x][v] += count[x][v] + ones_of_half_words(rest[x][v]);
      if (p->steps % 2 == 0) continue;
      const half_words16 a = (half_words16)(half_word(window[x], *end));
      const half_words16 b = load_half_words16(weights + 16 * v);
      count[x][v] += ones_of_half_words(is_and ? a & b : a ^ b);
    }
}

/// Where the bits of 32 filters go, read once for many pixels, as in `finish_bits`.
typedef struct {
  const uint16_t *limits;
  ptrdiff_t limit_stride;
  uint32_t inversion;
  uint64_t *words;
  ptrdiff_t pixel_words, first_bit, filters;
} lane_bits;

FRUGAL_INLINE lane_bits bits_of_filters(const frugal_count_finish *f, ptrdiff_t filter,
                                        ptrdiff_t filters, ptrdiff_t pixel) {
  return (lane_bits){
      .limits = f->count_thresholds + filter,
      .limit_stride = f->threshold_stride,
      .inversion = f->inversions[filter / 32],
      .words = f->words + pixel * f->pixel_words,
      .pixel_words = f->pixel_words,
      .first_bit = f->first_bit + filter,
      .filters = filters,
  };
}

/// Counts of 32 filters for four pixels, in the order of `finish_counts`.
FRUGAL_INLINE void lane_tile(const bool is_and, const bool doubles, const bool carries,
                             const frugal_lane_product *p, const uint8_t *const *windows,
                             const uint32_t *starts, const uint32_t *weights,
                             counts32 joined[LANE_PIXELS]) {
  half_words16 count[LANE_PIXELS][LANE_VECTORS];
  if (carries)
    count_carries(is_and, p, windows, weights, count);
  else
    count_each(is_and, p, windows, weights, count);
  UNROLLED (x, LANE_PIXELS) {
    if (doubles)
      UNROLLED (v, LANE_VECTORS) count[x][v] += count[x][v] + (half_words16)(starts[x]);
    joined[x] = joined_by_fours(count[x][0], count[x][1]);
  }
}

/// What the counts of pixels of {0, 1} begin with.
FRUGAL_INLINE void find_starts(const frugal_lane_product *p, const uint8_t *const *windows,
                               ptrdiff_t count, uint32_t *starts) {
  for (ptrdiff_t i = 0; i < count; i++) {
    uint32_t ones = 0;
    for (ptrdiff_t k = 0; k < p->steps; k++)
      ones += (uint32_t)__builtin_popcount(half_word(windows[i], p->offsets[k]));
    starts[i] = (uint32_t)(32 * p->steps) - ones;
  }
}

FRUGAL_INLINE void multiply_lanes(const bool is_and, const bool doubles, const bool carries,
                                  const frugal_lane_product *p, const frugal_count_finish *f) {
  const uint8_t *windows[COUNT_PIXELS];
  // Of which 32 filters are used: the pitch is that of `finish_counts`.
  _Alignas(64) uint16_t counts[COUNT_PIXELS * FRUGAL_FILTERS];
  uint32_t starts[COUNT_PIXELS];
  int32_t kinds[COUNT_PIXELS];
  for (ptrdiff_t i = 0; i < COUNT_PIXELS; i++) kinds[i] = 0;
  const ptrdiff_t total = p->height * p->width;
  window_places places = {
      (const uint8_t *)p->block, 4 * p->pixel_step, 4 * p->row_step, p->width, 0, 0};
  for (ptrdiff_t done = 0; done < total; done += COUNT_PIXELS) {
    const ptrdiff_t count = smaller_of(COUNT_PIXELS, total - done);
    next_windows(&places, f, count, windows, kinds);
    // Tiles are whole.
    const ptrdiff_t whole = (count + LANE_PIXELS - 1) / LANE_PIXELS * LANE_PIXELS;
    for (ptrdiff_t i = count; i < whole; i++) windows[i] = windows[count - 1];
    if (doubles) find_starts(p, windows, whole, starts);
    for (ptrdiff_t filter = 0; filter < p->filters; filter += LANE_FILTERS) {
      const uint32_t *weights = p->weights + filter * p->steps;
      const ptrdiff_t filters = smaller_of(LANE_FILTERS, p->filters - filter);
      counts32 tile[LANE_PIXELS];
      if (f->kind != FRUGAL_SUMS_BITS) {
        for (ptrdiff_t i = 0; i < count; i += LANE_PIXELS) {
          lane_tile(is_and, doubles, carries, p, windows + i, starts + i, weights, tile);
          UNROLLED (j, LANE_PIXELS) store_counts32(counts + (i + j) * FRUGAL_FILTERS, tile[j]);
        }
        finish_counts(f, kinds, count, counts, filter, filters, done);
        continue;
      }
      // At once, from registers: through memory 1.03 times the time at 256 products (Sapphire
      // Rapids).
      lane_bits b = bits_of_filters(f, filter, filters, done);
      for (ptrdiff_t i = 0; i < count; i += LANE_PIXELS) {
        lane_tile(is_and, doubles, carries, p, windows + i, starts + i, weights, tile);
        UNROLLED (j, LANE_PIXELS) {
          if (i + j >= count) continue;
          const uint32_t bits = bits_at_least(tile[j], b.limits + kinds[i + j] * b.limit_stride);
          put_bits(b.words, b.first_bit, bits ^ b.inversion, b.filters);
          b.words += b.pixel_words;
        }
      }
    }
  }
}

#define LANE_BODY(name, is_and, doubles)                                                    \
  static FRUGAL_NO_LIBRARY_CALLS void multiply_lanes_##name(const frugal_lane_product *p,   \
                                                            const frugal_count_finish *f) { \
    if (p->steps < LEAST_CARRIED)                                                           \
      multiply_lanes(is_and, doubles, false, p, f);                                         \
    else                                                                                    \
      multiply_lanes(is_and, doubles, true, p, f);                                          \
  }
// clang-format off
LANE_BODY(xor, false, false) LANE_BODY(and, true, false) LANE_BODY(doubled, true, true)
#undef LANE_BODY
    // clang-format on

    void FRUGAL_SYMBOL(multiply_lanes)(const frugal_lane_product *p, const frugal_count_finish *f) {
  if (!p->is_and)
    multiply_lanes_xor(p, f);
  else if (!p->doubles)
    multiply_lanes_and(p, f);
  else
    multiply_lanes_doubled(p, f);
}
