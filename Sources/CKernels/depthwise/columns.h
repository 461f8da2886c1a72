// What depthwise keeps in its scratch: which columns are on the map, and a row of zeros.
//
// One run of 32-bit words: zeros, then a word of ones for each column of the map, then at least as
// many zeros again. Eight words from column x on are the mask of a vector that is loaded there;
// what follows the last column is also the row that stands for all rows outside the map.
#pragma once

#include "frugal_kernels.h"

#include "../simd/runs.h"

enum {
  /// Words beside the map: a vector of tap columns with stride 2, and the columns of a kernel of 7.
  DEPTHWISE_BESIDE = 3 * LANES,
};

FRUGAL_INLINE ptrdiff_t depthwise_columns_words(const frugal_depthwise *d) {
  return DEPTHWISE_BESIDE + d->width + larger_of(d->width, DEPTHWISE_BESIDE);
}

/// Fills the scratch; returns the mask of column 0.
FRUGAL_INLINE const float *depthwise_fill_columns(const frugal_depthwise *d, float *scratch) {
  float *first = scratch + DEPTHWISE_BESIDE;
  const vector8 ones = from_bits((integers8)(-1));
  zero_run(scratch, DEPTHWISE_BESIDE);
  // The vectors spill into the zeros, which are written after them.
  for (ptrdiff_t x = 0; x < d->width; x += LANES) store8(first + x, ones);
  zero_run(first + d->width, larger_of(d->width, DEPTHWISE_BESIDE));
  return first;
}

/// A vector of the map; where some of its columns may lie beside the map, through their mask.
FRUGAL_INLINE vector8 depthwise_load(bool masked, const float *p, const float *mask) {
  return masked ? load_masked(p, bits_of(load8(mask))) : load8(p);
}

/// Tap columns of a kernel of `size` whose vector, read from `column` on with a stride, reaches
/// over an edge of the map: a bit for each.
FRUGAL_INLINE unsigned depthwise_edges(int size, int stride, ptrdiff_t column, ptrdiff_t width) {
  const ptrdiff_t left = clamped(-column, 0, size);
  const ptrdiff_t inside = clamped(width - LANES * stride - column + 1, 0, size);
  return ((1u << left) - 1) | ~((1u << inside) - 1);
}
