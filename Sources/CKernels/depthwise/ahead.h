// Lines asked for ahead, from memory into the second-level cache.
//
// Planes are read down their columns, a line of each row, and written so: the processor foresees
// little of that, and nothing from one plane to the next. Where a plane's rows are cut, because
// they are too many for the first-level cache, those that come next, read and written, are asked
// for column by column. Measured on Zen 3, in turns, 32x112x112 and 16x160x160: 3x3 in 0.55 to 0.68
// of the time, 5x5 in 0.43 to 0.66, with a stride of two 0.98 to 1.04 and 0.64 to 0.87. Not for
// planes that fit: 56x56 took 0.92 to 0.98 alone with 3x3, but 0.93 to 1.08 with 5x5, and 1.02 in
// blocks, whose rows are still in the second-level cache.
#pragma once

#include "../simd/vector.h"

/// The rows that come next.
typedef struct {
  const float *map;                ///< the first of those that are read
  const float *out;                ///< the first of those that are written
  ptrdiff_t map_share, out_share;  ///< floats to ask for with each vector of columns; 0 for none
} depthwise_next;

/// Asks for the shares of some vectors of columns from column x on.
FRUGAL_INLINE void depthwise_ask(const depthwise_next *next, ptrdiff_t x, ptrdiff_t vectors) {
  const float *map = next->map + x / LANES * next->map_share;
  const float *out = next->out + x / LANES * next->out_share;
#pragma clang loop unroll_count(4)
  for (ptrdiff_t i = vectors * next->map_share; i > 0; i -= LINE, map += LINE) prefetch_far(map);
#pragma clang loop unroll_count(4)
  for (ptrdiff_t i = vectors * next->out_share; i > 0; i -= LINE, out += LINE) prefetch_far(out);
}
