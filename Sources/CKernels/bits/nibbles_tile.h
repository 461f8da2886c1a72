// Products of one-bit numbers by table: the nibble of four activations picks one of a few constant
// tables of sixteen bytes, and the nibbles of thirty-two filters' weights look their products up in
// it, all at once.
//
// What the bits stand for, {-1,+1} or {0,1}, is in the tables alone. A tile
// keeps byte sums of 4 pixels × 64 filters in registers and adds them to 16-bit counts before they
// can overflow. Since counts pass through memory then, runs of the window are the outer loop: the
// weights of one run stay in the first-level cache for all pixels of a block.
//
// Measured on Zen 3, where the tile is bound by four vector operations a cycle, loads included, as
// a multiple of the peak of FMA: 4 × 64 11.4, 6 × 64 11.6, 3 × 96 11.7, 4 × 96 12.0, 2 × 128 11.1.
// The smallest of them wastes least on maps of 7×7 and on 64 filters.
#pragma once

#include "counts.h"

enum { NIBBLE_PIXELS = 4 };

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
  UNROLLED (x, NIBBLE_PIXELS) {
    UNROLLED (v, vectors) {
      uint16_t *even = counts + x * FRUGAL_FILTERS + 32 * v, *odd = even + 16;
      const counts16 evens = even_bytes(sum[x][v]), odds = odd_bytes(sum[x][v]);
      store_counts16(even, adds ? load_counts16(even) + evens : evens);
      store_counts16(odd, adds ? load_counts16(odd) + odds : odds);
    }
  }
}

typedef void nibble_tile_function(const frugal_nibble_product *p, const frugal_nibble_run *first,
                                  const frugal_nibble_run *end, const uint8_t *const *pixels,
                                  const uint8_t *weights, uint16_t *counts);

#define NIBBLE_BODY(name, vectors, adds)                                                         \
  static void nibble_tile_##name(const frugal_nibble_product *p, const frugal_nibble_run *first, \
                                 const frugal_nibble_run *end, const uint8_t *const *pixels,     \
                                 const uint8_t *weights, uint16_t *counts) {                     \
    nibble_tile(vectors, adds, p, first, end, pixels, weights, counts);                          \
  }
// clang-format off
NIBBLE_BODY(one, 1, false) NIBBLE_BODY(one_more, 1, true)
NIBBLE_BODY(two, 2, false) NIBBLE_BODY(two_more, 2, true)
#undef NIBBLE_BODY

/// Counts of one group of filters for some pixels, a multiple of four.
FRUGAL_INLINE void count_nibbles(const frugal_nibble_product *p, const uint8_t *const *pixels,
                                 ptrdiff_t count, const uint8_t *weights, int vectors,
                                 uint16_t *counts) {
  // clang-format on
  static nibble_tile_function *const tiles[2][2] = {{nibble_tile_one, nibble_tile_one_more},
                                                    {nibble_tile_two, nibble_tile_two_more}};
  const frugal_nibble_run *run = p->runs, *end = p->runs + p->run_count;
  for (bool adds = false; run < end; adds = true) {
    const frugal_nibble_run *first = run;
    ptrdiff_t steps = 0;
    while (run < end && steps + run->end - run->start <= p->most_steps)
      steps += run->end - run->start, run++;
    for (ptrdiff_t x = 0; x < count; x += NIBBLE_PIXELS)
      tiles[vectors - 1][adds](p, first, run, pixels + x, weights, counts + x * FRUGAL_FILTERS);
    weights += steps * 32 * vectors;
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(multiply_nibbles)(const frugal_nibble_product *p,
                                                             const frugal_count_finish *f) {
  const uint8_t *pixels[COUNT_PIXELS];
  uint16_t counts[COUNT_PIXELS * FRUGAL_FILTERS];
  int32_t kinds[COUNT_PIXELS];
  const ptrdiff_t total = p->height * p->width;
  ptrdiff_t x = 0, y = 0;
  const uint8_t *row = p->block;
  for (ptrdiff_t done = 0; done < total;) {
    const ptrdiff_t count = smaller_of(COUNT_PIXELS, total - done);
    for (ptrdiff_t i = 0; i < count; i++) {
      pixels[i] = row + x * p->pixel_step;
      kinds[i] = f->row_kinds ? f->row_kinds[y] + f->column_kinds[x] : 0;
      if (++x == p->width) x = 0, y++, row += p->row_step;
    }
    ptrdiff_t whole = count;
    for (; whole % NIBBLE_PIXELS; whole++) pixels[whole] = pixels[count - 1];
    const uint8_t *weights = p->weights;
    for (ptrdiff_t filter = 0; filter < p->filters; filter += FRUGAL_FILTERS) {
      const ptrdiff_t filters = smaller_of(FRUGAL_FILTERS, p->filters - filter);
      const int vectors = filters > 32 ? 2 : 1;
      count_nibbles(p, pixels, whole, weights, vectors, counts);
      finish_counts(f, kinds, count, counts, filter, filters, done);
      weights += p->steps * 32 * vectors;
    }
    done += count;
  }
}
