// Products whose weights are -1 and +1, or -1, 0 and +1: additions of rows of tables.
//
// Of four product rows there are sixteen sums with signs. They are computed once for a tile of
// columns and written to a table in the first-level cache; each output then adds the row that its
// four weights, as a number, select: one addition for four multiply-adds. Ternary weights add one
// row of a table of the sixteen sums of subsets, that of the weights +1, and subtract another, that
// of the weights -1.
//
// A tile is eight outputs by as many vectors as leave every sum in a register; all panels of
// outputs run over the same tables. Measured on Zen 3, one thread, beside the product of float
// weights at 64 to 512 channels, 56x56 to 7x7: 1.8 to 2.2 times as fast, ternary 1.3 to 1.4; with
// 16 outputs 0.93 and 0.81 times. What was slower: tiles of single vectors, which find a row for
// every addition (1.5 times as long), and half the tables at a time, as sums are stored more often
// (1.1 to 1.2 times). Tables of the 27 sums of three ternary rows are no faster: fewer rows fit.
#pragma once

#include "../matmul/product_finish.h"

enum {
  SIGN_VECTORS = VECTOR_REGISTERS / FRUGAL_SIGN_OUTPUTS,
  /// Floats of a row of a table, whatever the tile's vectors.
  SIGN_PITCH = SIGN_VECTORS * LANES,
  SIGN_TABLE = 16 * SIGN_PITCH,
  /// Tables at a time: three quarters of a first-level cache of 32 KiB where rows are two vectors.
  MOST_SIGN_TABLES = 24,
};

/// Some columns of the product rows.
typedef struct {
  const float *rows;
  ptrdiff_t row_stride;
  ptrdiff_t columns;  ///< at most a tile's
} sign_columns;

/// The table of `count` product rows, at most four: those that are missing are zeros.
FRUGAL_INLINE void sign_table(const bool is_ternary, const sign_columns *from, ptrdiff_t count,
                              float *table) {
  UNROLLED (v, SIGN_VECTORS) {
    const ptrdiff_t lanes = clamped(from->columns - v * LANES, 0, LANES);
    if (lanes == 0) return;
    vector8 x[FRUGAL_SIGN_ROWS];
    UNROLLED (i, FRUGAL_SIGN_ROWS) {
      const float *row = from->rows + i * from->row_stride + v * LANES;
      x[i] = i >= count ? broadcast8(0) : lanes == LANES ? load8(row) : load_first(row, lanes);
    }
    const vector8 zero = broadcast8(0), sums[2] = {x[0] + x[1], x[2] + x[3]},
                  differences[2] = {x[0] - x[1], x[2] - x[3]};
    vector8 halves[2][4];
    UNROLLED (h, 2) {
      halves[h][0] = is_ternary ? zero : -sums[h];
      halves[h][1] = is_ternary ? x[2 * h] : differences[h];
      halves[h][2] = is_ternary ? x[2 * h + 1] : -differences[h];
      halves[h][3] = sums[h];
    }
    UNROLLED (i, 16)
      store8(table + i * SIGN_PITCH + v * LANES, halves[0][i % 4] + halves[1][i / 4]);
  }
}

/// The row of a table that four bits of a word, those of output r, select.
FRUGAL_INLINE const float *sign_row(const float *table, uint32_t word, const int r) {
  enum { ROW_BYTES = SIGN_PITCH * sizeof(float), SHIFT = ROW_BYTES == 64 ? 6 : 5 };
  _Static_assert(ROW_BYTES == 1 << SHIFT, "a row of a table is found by a shift");
  const int down = 4 * r - SHIFT;
  const uint32_t offset = (down < 0 ? word << -down : word >> down) & (15u << SHIFT);
  return (const float *)((const char *)table + offset);
}

/// A panel of outputs over some tables.
FRUGAL_INLINE void sign_tile(const bool is_ternary, const int vectors, const frugal_product *p,
                             const product_place *place, const uint32_t *codes, const float *scales,
                             ptrdiff_t scale_stride, const float *table, ptrdiff_t tables) {
  vector8 sum[PRODUCT_OUTPUTS][PRODUCT_VECTORS];
  UNROLLED (r, FRUGAL_SIGN_OUTPUTS)
    UNROLLED (v, vectors) sum[r][v] = broadcast8(0);
#pragma clang loop unroll(disable)
  for (ptrdiff_t t = 0; t < tables; t++, table += SIGN_TABLE) {
    // Else the compiler adds up each address anew (measured on Zen 3: 1.06 of the time).
    __asm__("" : "+r"(table));
    uint32_t word = *codes++;
    UNROLLED (r, FRUGAL_SIGN_OUTPUTS) {
      const float *row = sign_row(table, word, r);
      UNROLLED (v, vectors) sum[r][v] += load8(row + v * LANES);
    }
    if (!is_ternary) continue;
    word = *codes++;
    UNROLLED (r, FRUGAL_SIGN_OUTPUTS) {
      const float *row = sign_row(table, word, r);
      UNROLLED (v, vectors) sum[r][v] -= load8(row + v * LANES);
    }
  }
  UNROLLED (r, FRUGAL_SIGN_OUTPUTS) {
    const vector8 scale = broadcast8(scales[r * scale_stride]);
    UNROLLED (v, vectors) sum[r][v] *= scale;
  }
  if (place->bias) {
    UNROLLED (r, FRUGAL_SIGN_OUTPUTS) {
      const vector8 bias = broadcast8(place->bias[r * p->bias_stride]);
      UNROLLED (v, vectors) sum[r][v] += bias;
    }
  }
  const ptrdiff_t at[PRODUCT_VECTORS] = {0, LANES, 2 * LANES};
  product_finish(FRUGAL_SIGN_OUTPUTS, vectors, p, place, at, sum);
}

typedef void sign_tile_function(const frugal_product *p, const product_place *place,
                                const uint32_t *codes, const float *scales, ptrdiff_t scale_stride,
                                const float *table, ptrdiff_t tables);

#define SIGN_BODY(name, is_ternary, vectors)                                               \
  static __attribute__((noinline)) void sign_tile_##name(                                  \
      const frugal_product *p, const product_place *place, const uint32_t *codes,          \
      const float *scales, ptrdiff_t scale_stride, const float *table, ptrdiff_t tables) { \
    sign_tile(is_ternary, vectors, p, place, codes, scales, scale_stride, table, tables);  \
  }
SIGN_BODY(binary_single, false, 1)
SIGN_BODY(binary_wide, false, SIGN_VECTORS)
SIGN_BODY(ternary_single, true, 1)
SIGN_BODY(ternary_wide, true, SIGN_VECTORS)
#undef SIGN_BODY

/// A tile of which only the outputs of `place` and `columns` columns exist: computed in a buffer.
static FRUGAL_NO_LIBRARY_CALLS void sign_part(sign_tile_function *tile, const frugal_product *p,
                                              const product_place *place, ptrdiff_t columns,
                                              const uint32_t *codes, const float *scales,
                                              ptrdiff_t scale_stride, const float *table,
                                              ptrdiff_t tables) {
  enum { COUNT = FRUGAL_SIGN_OUTPUTS };
  float out[COUNT * SIGN_PITCH] = {0}, residual[COUNT * SIGN_PITCH] = {0};
  float bias[COUNT] = {0}, factors[COUNT] = {0};
  frugal_product part = *p;
  product_place there = *place;
  part.out_stride = part.residual_stride = SIGN_PITCH;
  part.bias_stride = 1;
  there.out = out;
  if (place->residual) there.residual = residual;
  if (place->bias) there.bias = bias;
  for (ptrdiff_t r = 0; r < place->outputs; r++) {
    factors[r] = scales[r * scale_stride];
    if (place->bias) bias[r] = place->bias[r * p->bias_stride];
    if (p->accumulates) copy_run(out + r * SIGN_PITCH, place->out + r * p->out_stride, columns);
    if (place->residual)
      copy_run(residual + r * SIGN_PITCH, place->residual + r * p->residual_stride, columns);
  }
  tile(&part, &there, codes, factors, 1, table, tables);
  for (ptrdiff_t r = 0; r < place->outputs; r++)
    copy_run(place->out + r * p->out_stride, out + r * SIGN_PITCH, columns);
}

/// All panels over the tables of a range of product rows. The words of a panel's range begin
/// `first` words behind those of the panel.
FRUGAL_INLINE void sign_panels(const int planes, sign_tile_function *tile, ptrdiff_t x,
                               ptrdiff_t columns, bool is_part, const frugal_product *p,
                               const frugal_signs *s, ptrdiff_t first, const float *table,
                               ptrdiff_t tables) {
  const ptrdiff_t words = (p->depth + FRUGAL_SIGN_ROWS - 1) / FRUGAL_SIGN_ROWS * planes;
  product_place place = {
      .out = p->out + x, .residual = p->residual ? p->residual + x : 0, .bias = p->bias};
  const uint32_t *codes = s->codes + first;
  const float *scales = s->scales;
  for (ptrdiff_t left = p->outputs; left > 0; left -= place.outputs) {
    place.outputs = smaller_of(left, FRUGAL_SIGN_OUTPUTS);
    if (is_part || place.outputs < FRUGAL_SIGN_OUTPUTS)
      sign_part(tile, p, &place, columns, codes, scales, s->scale_stride, table, tables);
    else
      tile(p, &place, codes, scales, s->scale_stride, table, tables);
    codes += words;
    scales += place.outputs * s->scale_stride;
    product_place_behind(p, &place);
  }
}

FRUGAL_INLINE void multiply_signs(const bool is_ternary, sign_tile_function *const tiles[2],
                                  const frugal_product *p, const frugal_signs *s) {
  const int planes = is_ternary ? 2 : 1;
  const ptrdiff_t depth = p->k1 - p->k0, all = (depth + FRUGAL_SIGN_ROWS - 1) / FRUGAL_SIGN_ROWS;
  // Equal ranges: the last one is not short.
  const ptrdiff_t ranges = larger_of(1, (all + MOST_SIGN_TABLES - 1) / MOST_SIGN_TABLES);
  const ptrdiff_t most = (all + ranges - 1) / ranges;
  float table[MOST_SIGN_TABLES * SIGN_TABLE] __attribute__((aligned(64)));

  for (ptrdiff_t x = 0; x < p->columns; x += SIGN_PITCH) {
    const ptrdiff_t columns = smaller_of(SIGN_PITCH, p->columns - x);
    const ptrdiff_t vectors = (columns + LANES - 1) / LANES;
    for (ptrdiff_t range = 0; range < ranges; range++) {
      const ptrdiff_t begin = range * most, tables = smaller_of(most, all - begin);
      for (ptrdiff_t t = 0; t < tables; t++) {
        const ptrdiff_t k = (begin + t) * FRUGAL_SIGN_ROWS;
        const sign_columns from = {p->rows + k * p->row_stride + x, p->row_stride, columns};
        sign_table(is_ternary, &from, depth - k, table + t * SIGN_TABLE);
      }
      frugal_product part = *p;
      part.accumulates |= range > 0;
      if (range > 0) part.bias = 0;
      part.finishes &= range == ranges - 1;
      sign_panels(planes, tiles[vectors - 1], x, columns, columns % LANES != 0, &part, s,
                  (p->k0 / FRUGAL_SIGN_ROWS + begin) * planes, table, tables);
    }
  }
}

void FRUGAL_SYMBOL(multiply_binary)(const frugal_product *p, const frugal_signs *s) {
  static sign_tile_function *const tiles[2] = {sign_tile_binary_single, sign_tile_binary_wide};
  multiply_signs(false, tiles, p, s);
}

void FRUGAL_SYMBOL(multiply_ternary)(const frugal_product *p, const frugal_signs *s) {
  static sign_tile_function *const tiles[2] = {sign_tile_ternary_single, sign_tile_ternary_wide};
  multiply_signs(true, tiles, p, s);
}
