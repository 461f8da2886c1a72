// Products of one-bit numbers by counting ones: a half word of activations meets those of sixteen
// filters, one in each lane, and the lanes count by themselves. Made for processors that count the
// ones of every lane in one instruction; others are correct here, and faster by table.
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
};

/// What a pixel's counts begin with, and what it reads.
typedef struct {
  const uint32_t *halves;
  uint32_t start;
} lane_pixel;

/// Counts of 32 filters for four pixels.
FRUGAL_INLINE void lane_tile(const bool is_and, const bool doubles, const frugal_lane_product *p,
                             const lane_pixel *pixels, const uint32_t *weights, uint16_t *counts) {
  half_words16 rest[LANE_PIXELS][LANE_VECTORS], carried[LANE_PIXELS][LANE_VECTORS];
  const uint32_t *halves[LANE_PIXELS];
  UNROLLED (x, LANE_PIXELS) {
    halves[x] = pixels[x].halves;
    UNROLLED (v, LANE_VECTORS) rest[x][v] = carried[x][v] = (half_words16)(0);
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
      const half_words16 a = (half_words16)(halves[x][offset[0]]);
      const half_words16 b = (half_words16)(halves[x][offset[1]]);
      UNROLLED (v, LANE_VECTORS) {
        const half_words16 half_sum = joined_xor(is_and, rest[x][v], a, first[v]);
        const half_words16 sum = joined_xor(is_and, half_sum, b, second[v]);
        carried[x][v] += ones_of_half_words(not_or_other(half_sum, sum, rest[x][v]));
        rest[x][v] = sum;
      }
    }
  }
  UNROLLED (x, LANE_PIXELS) {
    half_words16 count[LANE_VECTORS];
    UNROLLED (v, LANE_VECTORS) {
      count[v] = carried[x][v] * 2 + ones_of_half_words(rest[x][v]);
      if (p->steps % 2 != 0) {
        const half_words16 a = (half_words16)(halves[x][*end]);
        count[v] += ones_of_half_words(
            joined_xor(is_and, (half_words16)(0), a, load_half_words16(weights + 16 * v)));
      }
      if (doubles) count[v] = count[v] * 2 + (half_words16)(pixels[x].start);
    }
    store_short_counts32(counts + x * FRUGAL_FILTERS, joined_by_fours(count[0], count[1]));
  }
}

FRUGAL_INLINE void multiply_lanes(const bool is_and, const bool doubles,
                                  const frugal_lane_product *p, const frugal_count_finish *f) {
  lane_pixel pixels[COUNT_PIXELS];
  _Alignas(64) uint16_t counts[COUNT_PIXELS * FRUGAL_FILTERS];
  int32_t kinds[COUNT_PIXELS];
  const ptrdiff_t total = p->height * p->width;
  ptrdiff_t x = 0, y = 0;
  const uint32_t *row = p->block;
  for (ptrdiff_t done = 0; done < total;) {
    const ptrdiff_t count = smaller_of(COUNT_PIXELS, total - done);
    for (ptrdiff_t i = 0; i < count; i++) {
      pixels[i].halves = row + x * p->pixel_step;
      if (doubles) {
        uint32_t ones = 0;
        for (ptrdiff_t k = 0; k < p->steps; k++)
          ones += (uint32_t)__builtin_popcount(pixels[i].halves[p->offsets[k]]);
        pixels[i].start = (uint32_t)(32 * p->steps) - ones;
      }
      kinds[i] = f->row_kinds ? f->row_kinds[y] + f->column_kinds[x] : 0;
      if (++x == p->width) x = 0, y++, row += p->row_step;
    }
    // Tiles are whole.
    for (ptrdiff_t i = count; i < smaller_of(COUNT_PIXELS, count + LANE_PIXELS - 1); i++)
      pixels[i] = pixels[count - 1];
    for (ptrdiff_t filter = 0; filter < p->filters; filter += LANE_FILTERS) {
      const uint32_t *weights = p->weights + filter * p->steps;
      for (ptrdiff_t i = 0; i < count; i += LANE_PIXELS)
        lane_tile(is_and, doubles, p, pixels + i, weights, counts + i * FRUGAL_FILTERS);
      finish_counts(f, kinds, count, counts, filter, smaller_of(LANE_FILTERS, p->filters - filter),
                    done);
    }
    done += count;
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(multiply_lanes)(const frugal_lane_product *p,
                                                           const frugal_count_finish *f) {
  if (!p->is_and)
    multiply_lanes(false, false, p, f);
  else if (!p->doubles)
    multiply_lanes(true, false, p, f);
  else
    multiply_lanes(true, true, p, f);
}
