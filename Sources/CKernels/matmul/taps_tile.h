// Products over rows that overlap: the taps of a window over a block of channels with their
// borders.
//
// Nothing is copied tap by tap: each product row is the block, some floats on. A tile's vectors are
// pieces of eight pixels of any output rows, so that rows of any width fill tiles; the last piece
// of a row reaches back over its predecessor, and rows of less than a piece spill into those that
// follow, which are written after them. Where results are added to what is there, or nothing
// follows, pieces are stored in part. Panels of six outputs take two vectors, narrower ones three:
// both keep twelve sums.
#pragma once

#include "matmul_tile.h"

/// The pieces of output rows that make a tile.
typedef struct {
  const float *block[PRODUCT_VECTORS];  ///< where tap 0 would read a piece's first pixel
  ptrdiff_t column[PRODUCT_VECTORS];    ///< its place in the output
  ptrdiff_t lanes[PRODUCT_VECTORS];     ///< of it that exist
} taps_pieces;

FRUGAL_INLINE void taps_tile(const int outputs, const int vectors, const frugal_product *p,
                             const product_place *place, const ptrdiff_t *taps,
                             const taps_pieces *pieces) {
  const float *weights = place->weights;
  const float *block[PRODUCT_VECTORS];
  vector8 sum[PRODUCT_OUTPUTS][PRODUCT_VECTORS];
  UNROLLED (v, vectors) block[v] = pieces->block[v];
  product_begin(outputs, vectors, p, place, sum);
  const ptrdiff_t depth = p->k1 - p->k0;
#pragma clang loop unroll_count(2)
  for (ptrdiff_t k = 0; k < depth; k++, weights += outputs) {
    vector8 right[PRODUCT_VECTORS];
    UNROLLED (v, vectors) right[v] = load8(block[v] + taps[k]);
    UNROLLED (r, outputs) {
      if (vectors == 3) {
        add_weighted3(weights + r, right, sum[r]);
        continue;
      }
      const vector8 weight = broadcast8(weights[r]);
      UNROLLED (v, vectors) sum[r][v] = multiply_add(weight, right[v], sum[r][v]);
    }
  }
  product_finish(outputs, vectors, p, place, pieces->column, sum);
}

typedef void taps_tile_function(const frugal_product *p, const product_place *place,
                                const ptrdiff_t *taps, const taps_pieces *pieces);

#define TAPS_BODY(outputs, vectors)                                                                \
  static void taps_tile_##outputs##_##vectors(const frugal_product *p, const product_place *place, \
                                              const ptrdiff_t *taps, const taps_pieces *pieces) {  \
    taps_tile(outputs, vectors, p, place, taps, pieces);                                           \
  }
// clang-format off
TAPS_BODY(1, 1) TAPS_BODY(2, 1) TAPS_BODY(3, 1) TAPS_BODY(4, 1) TAPS_BODY(6, 1)
TAPS_BODY(1, 2) TAPS_BODY(2, 2) TAPS_BODY(3, 2) TAPS_BODY(4, 2) TAPS_BODY(6, 2)
TAPS_BODY(1, 3) TAPS_BODY(2, 3) TAPS_BODY(3, 3) TAPS_BODY(4, 3)
#undef TAPS_BODY

/// A tile some of whose pieces are stored in part: computed in a buffer.
static FRUGAL_NO_LIBRARY_CALLS void taps_part(
    taps_tile_function *tile, int vectors, const frugal_product *p, const product_place *place,
    const ptrdiff_t *taps, const taps_pieces *pieces) {
  // clang-format on
  enum { PITCH = PRODUCT_VECTORS * LANES };
  float out[PRODUCT_OUTPUTS * PITCH], residual[PRODUCT_OUTPUTS * PITCH];
  frugal_product part = *p;
  product_place there = *place;
  taps_pieces buffered = *pieces;
  part.out_stride = part.residual_stride = PITCH;
  there.out = out;
  if (place->residual) there.residual = residual;
  for (int v = 0; v < vectors; v++) {
    buffered.column[v] = v * LANES;
    for (ptrdiff_t r = 0; r < place->outputs; r++) {
      float *buffer = out + r * PITCH + v * LANES, *added = residual + r * PITCH + v * LANES;
      if (p->accumulates)
        store8(buffer,
               load_first(place->out + r * p->out_stride + pieces->column[v], pieces->lanes[v]));
      if (place->residual)
        store8(added, load_first(place->residual + r * p->residual_stride + pieces->column[v],
                                 pieces->lanes[v]));
    }
  }
  tile(&part, &there, taps, &buffered);
  for (int v = 0; v < vectors; v++) {
    for (ptrdiff_t r = 0; r < place->outputs; r++)
      copy_run(place->out + r * p->out_stride + pieces->column[v], out + r * PITCH + v * LANES,
               pieces->lanes[v]);
  }
}

/// One tile of all panels. `tiles` by the outputs of a panel.
FRUGAL_INLINE void taps_panels(taps_tile_function *const tiles[7], int vectors, bool is_part,
                               const frugal_product *p, const ptrdiff_t *taps,
                               const taps_pieces *pieces) {
  product_place place = {.out = p->out, .residual = p->residual, .bias = p->bias};
  const float *panel = p->weights;
  for (ptrdiff_t left = p->outputs; left > 0; left -= place.outputs) {
    place.outputs = frugal_panel_rows(left);
    place.weights = panel + p->k0 * place.outputs;
    taps_tile_function *tile = tiles[place.outputs];
    if (is_part)
      taps_part(tile, vectors, p, &place, taps, pieces);
    else
      tile(p, &place, taps, pieces);
    panel += place.outputs * p->depth;
    product_place_behind(p, &place);
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(multiply_taps)(const frugal_product *p,
                                                          const frugal_tap_rows *t) {
  static taps_tile_function *const tiles[PRODUCT_VECTORS][7] = {
      {[1] = taps_tile_1_1,
       [2] = taps_tile_2_1,
       [3] = taps_tile_3_1,
       [4] = taps_tile_4_1,
       [6] = taps_tile_6_1},
      {[1] = taps_tile_1_2,
       [2] = taps_tile_2_2,
       [3] = taps_tile_3_2,
       [4] = taps_tile_4_2,
       [6] = taps_tile_6_2},
      {[1] = taps_tile_1_3, [2] = taps_tile_2_3, [3] = taps_tile_3_3, [4] = taps_tile_4_3}};
  const int most = (int)frugal_tile_pieces(p->outputs);
  // Adding twice to the same pixel would be wrong; computing one twice is not.
  const bool replaces = !p->accumulates && (!p->residual || p->residual != p->out);
  const bool overlaps = replaces && t->width >= LANES;
  // The last place of the output where a whole vector may be stored.
  const ptrdiff_t last_whole = replaces ? t->height * t->width - LANES : -1;
  taps_pieces pieces;
  int count = 0;
  bool is_part = false;
  for (ptrdiff_t y = 0; y < t->height; y++) {
    for (ptrdiff_t x = 0; x < t->width; x += LANES) {
      const ptrdiff_t start = overlaps ? smaller_of(x, t->width - LANES) : x;
      pieces.block[count] = t->block + y * t->pitch + start;
      pieces.column[count] = y * t->width + start;
      pieces.lanes[count] = smaller_of(LANES, t->width - start);
      is_part |= pieces.lanes[count] < LANES && pieces.column[count] > last_whole;
      if (++count < most) continue;
      taps_panels(tiles[count - 1], count, is_part, p, t->taps, &pieces);
      count = 0, is_part = false;
    }
  }
  if (count > 0) taps_panels(tiles[count - 1], count, is_part, p, t->taps, &pieces);
}
