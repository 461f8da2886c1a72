// Products of one-bit numbers by table: the nibble of four activations picks one of a few constant
// tables of sixteen bytes, and the nibbles of thirty-two filters' weights look their products up in
// it, all at once.
//
// What the bits stand for, {-1,+1} or {0,1}, is in the tables alone. A tile keeps byte sums of 4
// pixels × 64 filters or 3 × 128 in registers and adds them to 16-bit counts before they can
// overflow. Since counts pass through memory then, runs of the window are the outer loop: the
// weights of one run stay in the first-level cache for all pixels of a block.
//
// Measured on Zen 3 with the core to itself, where shuffles bound the tile, as a multiple of the
// peak of FMA: 4 × 64 11.4, 6 × 64 11.6, 3 × 96 11.7, 4 × 96 12.0, 2 × 128 11.1. Where another
// thread is busy on the core, instructions do: 4 × 64 has 3.6 for a shuffle, 3 × 128 with weights
// in memory 2.6. It then takes 0.86 to 0.94 of the time, and 1.03 to 1.05 alone (3×3 of 128
// channels, 1×1 of 256).
#pragma once

#include "counts.h"

enum { NIBBLE_PIXELS = 4, WIDE_PIXELS = 3, WIDE_VECTORS = 4 };

/// 32 sums become counts of a pixel, or are added to them.
FRUGAL_INLINE void keep_counts(const bool adds, bytes32 sum, uint16_t *even) {
  uint16_t *odd = even + 16;
  const counts16 evens = even_bytes(sum), odds = odd_bytes(sum);
  store_counts16(even, adds ? load_counts16(even) + evens : evens);
  store_counts16(odd, adds ? load_counts16(odd) + odds : odds);
}

/// Adds what runs first ..< end give for four pixels to their counts, or stores it.
FRUGAL_INLINE void nibble_tile(const int vectors, const bool adds, const frugal_nibble_product *p,
                               const frugal_nibble_run *first, const frugal_nibble_run *end,
                               const uint8_t *const *pixels, const uint8_t *weights,
                               uint16_t *counts) {
  bytes32 sum[NIBBLE_PIXELS][2];
  UNROLLED (x, NIBBLE_PIXELS)
    UNROLLED (v, 2) sum[x][v] = (bytes32)(0);
  const uint8_t *pixel[NIBBLE_PIXELS], *tables = p->tables;
  UNROLLED (x, NIBBLE_PIXELS) pixel[x] = pixels[x];
  for (const frugal_nibble_run *run = first; run < end; run++) {
    const ptrdiff_t stop = run->end;
#pragma clang loop unroll_count(2)
    for (ptrdiff_t i = run->start; i < stop; i++, weights += 32 * vectors) {
      if (vectors == 2) {
        const bytes32 index[2] = {load_bytes32(weights), load_bytes32(weights + 32)};
        UNROLLED (x, NIBBLE_PIXELS) add_looked_up2(tables, pixel[x], i, index, sum[x]);
      } else {
        const bytes32 index = load_bytes32(weights);
        UNROLLED (x, NIBBLE_PIXELS)
          sum[x][0] += look_up(load_bytes32(tables + 8 * pixel[x][i]), index);
      }
    }
  }
  UNROLLED (x, NIBBLE_PIXELS)
    UNROLLED (v, vectors) keep_counts(adds, sum[x][v], counts + x * FRUGAL_FILTERS + 32 * v);
}

/// The same for three pixels and two whole groups of filters; counts of the second group stand
/// behind those of all pixels.
FRUGAL_INLINE void wide_nibble_tile(const bool adds, const frugal_nibble_product *p,
                                    const frugal_nibble_run *first, const frugal_nibble_run *end,
                                    const uint8_t *const *pixels, const uint8_t *weights,
                                    uint16_t *counts) {
  bytes32 sum[WIDE_VECTORS][WIDE_PIXELS];
  UNROLLED (v, WIDE_VECTORS)
    UNROLLED (x, WIDE_PIXELS) sum[v][x] = (bytes32)(0);
  const uint8_t *pixel[WIDE_PIXELS], *tables = p->tables;
  UNROLLED (x, WIDE_PIXELS) pixel[x] = pixels[x];
  const ptrdiff_t group = p->steps * FRUGAL_FILTERS;
  for (const frugal_nibble_run *run = first; run < end; run++) {
    const ptrdiff_t stop = run->end;
#pragma clang loop unroll_count(2)
    for (ptrdiff_t i = run->start; i < stop; i++, weights += FRUGAL_FILTERS) {
      bytes32 table[WIDE_PIXELS];
      UNROLLED (x, WIDE_PIXELS) table[x] = load_bytes32(tables + 8 * pixel[x][i]);
      add_looked_up3(table, weights, sum[0]);
      add_looked_up3(table, weights + 32, sum[1]);
      add_looked_up3(table, weights + group, sum[2]);
      add_looked_up3(table, weights + group + 32, sum[3]);
    }
  }
  UNROLLED (v, WIDE_VECTORS) {
    uint16_t *place = counts + v / 2 * (COUNT_PIXELS * FRUGAL_FILTERS) + 32 * (v % 2);
    UNROLLED (x, WIDE_PIXELS) keep_counts(adds, sum[v][x], place + x * FRUGAL_FILTERS);
  }
}

typedef void nibble_tile_function(const frugal_nibble_product *p, const frugal_nibble_run *first,
                                  const frugal_nibble_run *end, const uint8_t *const *pixels,
                                  const uint8_t *weights, uint16_t *counts);

#define NIBBLE_BODY(name, tile, ...)                                                             \
  static void nibble_tile_##name(const frugal_nibble_product *p, const frugal_nibble_run *first, \
                                 const frugal_nibble_run *end, const uint8_t *const *pixels,     \
                                 const uint8_t *weights, uint16_t *counts) {                     \
    tile(__VA_ARGS__, p, first, end, pixels, weights, counts);                                   \
  }
// clang-format off
NIBBLE_BODY(one, nibble_tile, 1, false) NIBBLE_BODY(one_more, nibble_tile, 1, true)
NIBBLE_BODY(two, nibble_tile, 2, false) NIBBLE_BODY(two_more, nibble_tile, 2, true)
NIBBLE_BODY(wide, wide_nibble_tile, false) NIBBLE_BODY(wide_more, wide_nibble_tile, true)
#undef NIBBLE_BODY

/// Counts of 32, 64 or 128 filters for some pixels, of which there are pointers to three more.
FRUGAL_INLINE void count_nibbles(const frugal_nibble_product *p, const uint8_t *const *pixels,
                                 ptrdiff_t count, const uint8_t *weights, int vectors,
                                 uint16_t *counts) {
  // clang-format on
  static nibble_tile_function *const tiles[3][2] = {{nibble_tile_one, nibble_tile_one_more},
                                                    {nibble_tile_two, nibble_tile_two_more},
                                                    {nibble_tile_wide, nibble_tile_wide_more}};
  nibble_tile_function *const *tile = tiles[vectors / 2];
  const ptrdiff_t columns = vectors == WIDE_VECTORS ? WIDE_PIXELS : NIBBLE_PIXELS;
  const frugal_nibble_run *run = p->runs, *end = p->runs + p->run_count;
  for (bool adds = false; run < end; adds = true) {
    const frugal_nibble_run *first = run;
    ptrdiff_t steps = 0;
    while (run < end && steps + run->end - run->start <= p->most_steps)
      steps += run->end - run->start, run++;
    for (ptrdiff_t x = 0; x < count; x += columns)
      tile[adds](p, first, run, pixels + x, weights, counts + x * FRUGAL_FILTERS);
    weights += steps * (vectors == 1 ? 32 : FRUGAL_FILTERS);
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(multiply_nibbles)(const frugal_nibble_product *p,
                                                             const frugal_count_finish *f) {
  const uint8_t *pixels[COUNT_PIXELS];
  uint16_t counts[2 * COUNT_PIXELS * FRUGAL_FILTERS];
  int32_t kinds[COUNT_PIXELS];
  for (ptrdiff_t i = 0; i < COUNT_PIXELS; i++) kinds[i] = 0;
  const ptrdiff_t total = p->height * p->width;
  window_places places = {p->block, p->pixel_step, p->row_step, p->width, 0, 0};
  for (ptrdiff_t done = 0; done < total;) {
    const ptrdiff_t count = smaller_of(COUNT_PIXELS, total - done);
    next_windows(&places, f, count, pixels, kinds);
    // Tiles are whole, of four pixels or of three.
    for (ptrdiff_t i = count; i < smaller_of(COUNT_PIXELS, count + NIBBLE_PIXELS - 1); i++)
      pixels[i] = pixels[count - 1];
    const uint8_t *weights = p->weights;
    for (ptrdiff_t filter = 0; filter < p->filters;) {
      const ptrdiff_t left = p->filters - filter;
      const int vectors = HOLDS_TWELVE_SUMS && left > 96 ? WIDE_VECTORS : left > 32 ? 2 : 1;
      count_nibbles(p, pixels, count, weights, vectors, counts);
      for (ptrdiff_t group = 0; group < (vectors + 1) / 2; group++) {
        const ptrdiff_t first = filter + group * FRUGAL_FILTERS;
        finish_counts(f, kinds, count, counts + group * COUNT_PIXELS * FRUGAL_FILTERS, first,
                      smaller_of(FRUGAL_FILTERS, p->filters - first), done);
      }
      weights += p->steps * 32 * vectors;
      filter += 32 * vectors;
    }
    done += count;
  }
}
