// The end of a tile of any product: bias, residual and clamp over sums in registers, then the
// store.
#pragma once

#include "../simd/runs.h"

/// What a tile reads and writes.
typedef struct {
  const float *weights;   ///< of the panel, product row k0
  ptrdiff_t outputs;      ///< of the panel
  const float *rows;      ///< the tile's first column of product row k0
  const float *column;    ///< the column behind the tile's, row after row; or null
  float *out;             ///< the tile's first column of the panel's first output
  const float *residual;  ///< as out, or null
  const float *bias;      ///< of the panel's first output, or null
} product_place;

/// Most outputs and vectors of a tile.
enum { PRODUCT_OUTPUTS = 8, PRODUCT_VECTORS = 3 };

/// Bit by bit: no floating-point comparison waits among a tile's multiply-adds.
FRUGAL_INLINE bool differs_from(float value, float other) {
  return __builtin_bit_cast(uint32_t, value) != __builtin_bit_cast(uint32_t, other);
}

/// The sums of a tile begin with the bias: adding it to them at the end would be an instruction a
/// vector, and 64 product rows are over in 400 cycles.
FRUGAL_INLINE void product_begin(const int outputs, const int vectors, const frugal_product *p,
                                 const product_place *place,
                                 vector8 sum[PRODUCT_OUTPUTS][PRODUCT_VECTORS]) {
  if (place->bias) {
    UNROLLED (r, outputs) {
      const vector8 bias = broadcast8(place->bias[r * p->bias_stride]);
      UNROLLED (v, vectors) sum[r][v] = bias;
    }
  } else {
    UNROLLED (r, outputs)
      UNROLLED (v, vectors) sum[r][v] = broadcast8(0);
  }
}

/// What the output holds, residual and clamp over the sums of a tile, which are then stored, vector
/// v at column `at[v]`. What is asked once a tile is not asked once a vector.
FRUGAL_INLINE void product_finish(const int outputs, const int vectors, const frugal_product *p,
                                  const product_place *place, const ptrdiff_t at[PRODUCT_VECTORS],
                                  vector8 sum[PRODUCT_OUTPUTS][PRODUCT_VECTORS]) {
  float *const out = place->out;
  const ptrdiff_t out_stride = p->out_stride;
  if (p->accumulates) {
    UNROLLED (r, outputs)
      UNROLLED (v, vectors) sum[r][v] += load8(out + r * out_stride + at[v]);
  }
  if (p->finishes && place->residual) {
    UNROLLED (r, outputs)
      UNROLLED (v, vectors) sum[r][v] += load8(place->residual + r * p->residual_stride + at[v]);
  }
  if (p->finishes && differs_from(p->low, -__builtin_inff())) {
    const vector8 low = broadcast8(p->low);
    UNROLLED (r, outputs)
      UNROLLED (v, vectors) sum[r][v] = at_least(sum[r][v], low);
  }
  if (p->finishes && differs_from(p->high, __builtin_inff())) {
    const vector8 high = broadcast8(p->high);
    UNROLLED (r, outputs)
      UNROLLED (v, vectors) sum[r][v] = at_most(sum[r][v], high);
  }
  UNROLLED (r, outputs)
    UNROLLED (v, vectors) store8(out + r * out_stride + at[v], sum[r][v]);
}

/// Moves to the outputs behind a panel.
FRUGAL_INLINE void product_place_behind(const frugal_product *p, product_place *place) {
  place->out += place->outputs * p->out_stride;
  if (place->residual) place->residual += place->outputs * p->residual_stride;
  if (place->bias) place->bias += place->outputs * p->bias_stride;
}
