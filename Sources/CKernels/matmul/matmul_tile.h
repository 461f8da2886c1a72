// Matrix products over packed weights: tiles of outputs by columns stay in registers from the first
// product row to the last, begin with the bias, and take residual and clamp before they are stored.
//
// Weights stand in panels, `[product row][output of the panel]`: panels of 6 outputs, then of 4,
// then one of what is left (`frugal_panel_rows`), so that any even number of outputs wastes
// nothing. For a column tile all panels run over the same product rows, which are in the
// first-level cache by then; the weights stream from the second level, 6 floats for 12
// multiply-adds of a vector.
//
// The rows of a whole map lie in as many pages, a line of each to a tile, which no processor
// foresees: while the first panel runs, the next tile's lines are asked for, and every panel asks
// for the lines it will write in the next tile (measured on Zen 3: 1.08 to 1.18 times as fast at
// 112x112 and 56x56, no loss where all is in the second-level cache; in the same tile they come too
// late for 32 product rows, 1.25 times the time at 112x112 beside busy neighbours). Weights are
// read for the first time by the first column tile: over many product rows its panels, but the
// first, ask for weights 4 KiB ahead (512 product rows by 49 columns, in blocks of 126
// outputs: 1.05 times as fast with 6 MiB of weights, 0.99 where they are in the second-level
// cache).
//
// Columns go in tiles of 16, one of 8, and fewer than 8 that are left as a tile along the outputs:
// there a vector is a panel's weights and a column is a broadcast (measured on Zen 1, a masked
// vector for the last of 49 columns takes a quarter of the whole time). One column behind tiles of
// 16, as 7x7 maps have, goes with the last of them, whose weights are at hand.
#pragma once

#include "product_finish.h"

/// What stands at the outputs of a panel, `stride` floats apart, or zero.
FRUGAL_INLINE vector8 product_column(ptrdiff_t outputs, const float *first, ptrdiff_t stride) {
  float gathered[LANES] = {0};
  if (!first) return broadcast8(0);
#pragma clang loop vectorize(disable)
  for (ptrdiff_t r = 0; r < outputs; r++) gathered[r] = first[r * stride];
  return load8(gathered);
}

/// What the output holds, bias, residual and clamp over the sums of a panel's outputs in one
/// column, `x` columns behind the place, which are then stored.
FRUGAL_INLINE void product_column_finish(ptrdiff_t outputs, const frugal_product *p,
                                         const product_place *place, ptrdiff_t x, vector8 bias,
                                         vector8 sum) {
  vector8 value = sum + bias;
  float *const out = place->out + x;
  if (p->accumulates) value += product_column(outputs, out, p->out_stride);
  if (p->finishes) {
    if (place->residual) value += product_column(outputs, place->residual + x, p->residual_stride);
    value = at_most(at_least(value, broadcast8(p->low)), broadcast8(p->high));
  }
  float result[LANES];
  store8(result, value);
#pragma clang loop vectorize(disable)
  for (ptrdiff_t r = 0; r < outputs; r++) out[r * p->out_stride] = result[r];
}

/// What a tile does beside its sums.
enum {
  ROWS_AHEAD = 1,     ///< asks for the rows of the next tile
  WEIGHTS_AHEAD = 2,  ///< asks for the weights behind those it reads
  /// Sums the column behind its own too, from `place->column`. Reads up to seven floats behind the
  /// panel's last weights.
  WITH_COLUMN = 4,
};

enum {
  /// Floats from the weights that are read to those that are asked for.
  WEIGHTS_ASKED = 1024,
  /// Product rows up to which no weights are asked for: a panel of 171 is over when the first of
  /// those are due. 16 rows by 16 columns took 1.07 of the time, 512 gain, 200 were not measured.
  FEW_ROWS = 256,
};

/// `outputs` by `vectors` vectors of columns.
FRUGAL_INLINE void product_tile(const int outputs, const int vectors, const int options,
                                const frugal_product *p, const product_place *place) {
  const ptrdiff_t row_stride = p->row_stride;
  const float *row = place->rows, *weights = place->weights, *column = place->column;
  vector8 column_sum = broadcast8(0);
  vector8 sum[PRODUCT_OUTPUTS][PRODUCT_VECTORS];
  product_begin(outputs, vectors, p, place, sum);
  UNROLLED (r, outputs) prefetch_for_writing(place->out + r * p->out_stride + vectors * LANES);

#pragma clang loop unroll_count(4)
  for (ptrdiff_t k = p->k0; k < p->k1; k++, row += row_stride, weights += outputs) {
    vector8 right[2];
    if (options & ROWS_AHEAD) prefetch(row + vectors * LANES);
    if (options & WEIGHTS_AHEAD) prefetch(weights + WEIGHTS_ASKED);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) right[v] = load8(row + v * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < outputs; r++) {
      const vector8 weight = broadcast8(weights[r]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[r][v] = multiply_add(weight, right[v], sum[r][v]);
      // With the sums of the column, the registers hold one weight at a time.
      if (options & WITH_COLUMN) weights = read_after(weights, sum[r][0], sum[r][1]);
    }
    if (options & WITH_COLUMN)
      column_sum = multiply_add(broadcast8(*column++), load8(weights), column_sum);
  }

  if (options & WITH_COLUMN) {
    const vector8 bias = product_column(outputs, place->bias, p->bias_stride);
    product_column_finish(outputs, p, place, vectors * LANES, bias, column_sum);
  }
  const ptrdiff_t at[PRODUCT_VECTORS] = {0, LANES, 2 * LANES};
  product_finish(outputs, vectors, p, place, at, sum);
}

/// All outputs of a panel by `columns` columns, fewer than 8. Reads up to seven floats behind the
/// panel's last weights; lanes beyond its outputs are not used.
FRUGAL_INLINE void product_narrow_tile(const int columns, const frugal_product *p,
                                       const product_place *place) {
  // A column is one chain of dependent sums: few columns take several product rows at a time.
  const int chains = columns > 4 ? 1 : columns > 2 ? 2 : 4;
  const ptrdiff_t outputs = place->outputs, row_stride = p->row_stride, depth = p->k1 - p->k0;
  const float *row = place->rows, *weights = place->weights;
  vector8 sum[7][4];
#pragma clang loop unroll(full)
  for (int c = 0; c < columns; c++) sum[c][0] = sum[c][1] = sum[c][2] = sum[c][3] = broadcast8(0);
  ptrdiff_t k = 0;
#pragma clang loop unroll(disable)
  for (; k + chains <= depth; k += chains) {
#pragma clang loop unroll(full)
    for (int chain = 0; chain < chains; chain++, row += row_stride, weights += outputs) {
      const vector8 left = load8(weights);
#pragma clang loop unroll(full)
      for (int c = 0; c < columns; c++)
        sum[c][chain] = multiply_add(left, broadcast8(row[c]), sum[c][chain]);
    }
  }
  for (; k < depth; k++, row += row_stride, weights += outputs) {
    const vector8 left = load8(weights);
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++) sum[c][0] = multiply_add(left, broadcast8(row[c]), sum[c][0]);
  }

  const vector8 bias = product_column(outputs, place->bias, p->bias_stride);
#pragma clang loop unroll(full)
  for (int c = 0; c < columns; c++)
    product_column_finish(outputs, p, place, c, bias,
                          (sum[c][0] + sum[c][1]) + (sum[c][2] + sum[c][3]));
}

typedef void product_tile_function(const frugal_product *p, const product_place *place);

/// A column tile of all panels, at column x of the output. The first panel's tiles may differ.
FRUGAL_INLINE void product_panels(const frugal_product *p, const float *rows, const float *column,
                                  ptrdiff_t x, product_tile_function *const first[7],
                                  product_tile_function *const others[7]) {
  product_place place = {.rows = rows,
                         .column = column,
                         .out = p->out + x,
                         .residual = p->residual ? p->residual + x : 0,
                         .bias = p->bias};
  const float *panel = p->weights;
  product_tile_function *const *tiles = first;
  for (ptrdiff_t left = p->outputs; left > 0; left -= place.outputs, tiles = others) {
    place.outputs = frugal_panel_rows(left);
    place.weights = panel + p->k0 * place.outputs;
    tiles[place.outputs](p, &place);
    panel += place.outputs * p->depth;
    product_place_behind(p, &place);
  }
}

/// Product rows whose columns are moved together, times columns.
enum { MOST_MOVED = 4096 };

/// Moves some columns of all product rows together.
FRUGAL_INLINE void product_move(const frugal_product *p, const float *rows, ptrdiff_t columns,
                                float moved[MOST_MOVED]) {
  for (ptrdiff_t k = p->k0; k < p->k1; k++, rows += p->row_stride, moved += columns)
    for (ptrdiff_t c = 0; c < columns; c++) moved[c] = rows[c];
}

/// The last columns, fewer than 8, of all panels. Where they are a line of the cache to a product
/// row, every panel would fetch all lines again: they are moved together first (measured on Zen 3,
/// 126 outputs of 512 rows: four columns take 0.65 to 0.8 of the time in place).
static FRUGAL_NO_LIBRARY_CALLS void product_narrow_panels(const frugal_product *p, ptrdiff_t x,
                                                          product_tile_function *tile) {
  product_tile_function *const tiles[7] = {tile, tile, tile, tile, tile, tile, tile};
  const ptrdiff_t columns = p->columns - x;
  const float *rows = p->rows + x;
  const bool is_one_panel = frugal_panel_rows(p->outputs) == p->outputs;
  if (is_one_panel || p->row_stride < LINE || columns * (p->k1 - p->k0) > MOST_MOVED)
    return product_panels(p, rows, 0, x, tiles, tiles);
  float moved[MOST_MOVED];
  product_move(p, rows, columns, moved);
  frugal_product near = *p;
  near.row_stride = columns;
  product_panels(&near, moved, 0, x, tiles, tiles);
}

/// The last 16 columns and one more, of all panels.
static FRUGAL_NO_LIBRARY_CALLS void product_panels_with_column(
    const frugal_product *p, ptrdiff_t x, product_tile_function *const tiles[7]) {
  float moved[MOST_MOVED];
  product_move(p, p->rows + x + 2 * LANES, 1, moved);
  product_panels(p, p->rows + x, moved, x, tiles, tiles);
}

// clang-format off
#define PRODUCT_BODY(name, outputs, vectors, options)                                             \
  static FRUGAL_NO_LIBRARY_CALLS void product_tile_##name(const frugal_product *p,                \
                                                          const product_place *place) {           \
    product_tile(outputs, vectors, options, p, place);                                            \
  }
#define PRODUCT_BODIES(outputs)                            \
  PRODUCT_BODY(single_##outputs, outputs, 1, 0)            \
  PRODUCT_BODY(wide_##outputs, outputs, 2, 0)              \
  PRODUCT_BODY(rows_ahead_##outputs, outputs, 2, ROWS_AHEAD)    \
  PRODUCT_BODY(weights_ahead_##outputs, outputs, 2, WEIGHTS_AHEAD) \
  PRODUCT_BODY(with_column_##outputs, outputs, 2, WITH_COLUMN)
PRODUCT_BODIES(1) PRODUCT_BODIES(2) PRODUCT_BODIES(3) PRODUCT_BODIES(4) PRODUCT_BODIES(6)
#undef PRODUCT_BODIES
#undef PRODUCT_BODY

#define PRODUCT_NARROW_BODY(columns)                                                              \
  static FRUGAL_NO_LIBRARY_CALLS void product_narrow_tile_##columns(                              \
      const frugal_product *p, const product_place *place) {                                      \
    product_narrow_tile(columns, p, place);                                                       \
  }
PRODUCT_NARROW_BODY(1) PRODUCT_NARROW_BODY(2) PRODUCT_NARROW_BODY(3) PRODUCT_NARROW_BODY(4)
PRODUCT_NARROW_BODY(5) PRODUCT_NARROW_BODY(6) PRODUCT_NARROW_BODY(7)
#undef PRODUCT_NARROW_BODY
    // clang-format on

    void FRUGAL_SYMBOL(multiply)(const frugal_product *p) {
#define PRODUCT_TILES(width)                                          \
  {                                                                   \
      [1] = product_tile_##width##_1, [2] = product_tile_##width##_2, \
      [3] = product_tile_##width##_3, [4] = product_tile_##width##_4, \
      [6] = product_tile_##width##_6,                                 \
  }
  static product_tile_function *const rows_ahead[7] = PRODUCT_TILES(rows_ahead);
  static product_tile_function *const wide[7] = PRODUCT_TILES(wide);
  static product_tile_function *const weights_ahead[7] = PRODUCT_TILES(weights_ahead);
  static product_tile_function *const with_column[7] = PRODUCT_TILES(with_column);
  static product_tile_function *const single[7] = PRODUCT_TILES(single);
#undef PRODUCT_TILES
  static product_tile_function *const narrow[LANES] = {
      [1] = product_narrow_tile_1, [2] = product_narrow_tile_2, [3] = product_narrow_tile_3,
      [4] = product_narrow_tile_4, [5] = product_narrow_tile_5, [6] = product_narrow_tile_6,
      [7] = product_narrow_tile_7};
  const bool asks_weights = p->k1 - p->k0 > FEW_ROWS;
  ptrdiff_t x = 0;
  for (; x + 2 * LANES <= p->columns; x += 2 * LANES) {
    if (x + 2 * LANES + 1 == p->columns && p->k1 - p->k0 <= MOST_MOVED)
      return product_panels_with_column(p, x, with_column);
    product_panels(p, p->rows + x, 0, x, rows_ahead, x == 0 && asks_weights ? weights_ahead : wide);
  }
  if (x + LANES <= p->columns) {
    product_panels(p, p->rows + x, 0, x, single, single);
    x += LANES;
  }
  if (x < p->columns) product_narrow_panels(p, x, narrow[p->columns - x]);
}
