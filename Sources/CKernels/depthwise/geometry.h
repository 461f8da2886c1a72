// Where depthwise keeps what in its scratch. Plain arithmetic, the same at every level.
//
// A piece is a few output rows of one channel. The input it needs is staged as bordered rows in one
// of two buffers: while one piece is computed the next one's rows are already written, else each
// load would straddle two stores that are still on their way to the cache (measured: half the speed
// at 14x14 and 7x7).
//
// A staged row holds one or more slots of columns. With a stride, columns of equal phase stand side
// by side, so that every tap reads `slot + offset + x` for output column x. Taps further apart than
// a row is long get a slot each. Rows work alike: tap row i of output row y is staged row
// `i*tap_rows + y*stride_y`, where distant tap rows do not stage what lies between them.
#pragma once

#include "frugal_kernels.h"

#include "../simd/runs.h"

enum {
  /// Floats per buffer: two buffers, the weights and the rows being written share 32 KB of L1.
  DEPTHWISE_BUFFER = 3072,
  /// Rows computed together.
  DEPTHWISE_ROWS = 4,
};

typedef struct {
  ptrdiff_t piece_rows;  ///< output rows per piece
  ptrdiff_t period;      ///< tap j reads slot j % period
  ptrdiff_t slots;       ///< per staged row
  ptrdiff_t slot_width;  ///< floats
  ptrdiff_t slot_step;   ///< tap j starts at column (j * dilation_x) / slot_step of its slot
  ptrdiff_t pitch;       ///< floats from one staged row to the next
  ptrdiff_t buffer;      ///< floats per buffer
} depthwise_geometry;

FRUGAL_INLINE ptrdiff_t depthwise_tap_rows(const frugal_depthwise *d, ptrdiff_t rows) {
  return smaller_of(d->dilation_y, (rows - 1) * d->stride_y + 1);
}

FRUGAL_INLINE ptrdiff_t depthwise_staged_rows(const frugal_depthwise *d, ptrdiff_t rows) {
  return (d->kernel_height - 1) * depthwise_tap_rows(d, rows) + (rows - 1) * d->stride_y + 1;
}

FRUGAL_INLINE ptrdiff_t greatest_common_divisor(ptrdiff_t a, ptrdiff_t b) {
  while (b != 0) {
    ptrdiff_t rest = a % b;
    a = b, b = rest;
  }
  return a;
}

FRUGAL_INLINE depthwise_geometry depthwise_geometry_of(const frugal_depthwise *d, ptrdiff_t rows) {
  depthwise_geometry g;
  ptrdiff_t lanes = larger_of(d->out_width, LANES), reach = (d->kernel_width - 1) * d->dilation_x;
  g.period = d->stride_x;
  if (d->stride_x > 1 && d->dilation_x > 1)
    g.period /= greatest_common_divisor(d->stride_x, d->dilation_x);
  g.slots = smaller_of(g.period, d->kernel_width);
  g.slot_step = d->stride_x;
  g.slot_width = lanes + (d->stride_x == 1 ? reach : reach / d->stride_x);
  if (g.slots * g.slot_width > d->kernel_width * lanes) {
    g.period = g.slots = d->kernel_width;
    g.slot_step = reach + 1;
    g.slot_width = lanes;
  }
  g.pitch = g.slots * g.slot_width;

  // As many rows as a buffer holds, whether tap rows overlap or each stages its own; at least one.
  ptrdiff_t fit = DEPTHWISE_BUFFER / g.pitch, gaps = (d->kernel_height - 1) * d->dilation_y;
  ptrdiff_t overlapping = fit > gaps ? (fit - gaps - 1) / d->stride_y + 1 : 0;
  ptrdiff_t separate = (fit / d->kernel_height - 1) / d->stride_y + 1;
  ptrdiff_t most = larger_of(larger_of(overlapping, separate), 1);
  if (most > DEPTHWISE_ROWS) most -= most % DEPTHWISE_ROWS;
  g.piece_rows = smaller_of(rows, most);
  g.buffer = depthwise_staged_rows(d, g.piece_rows) * g.pitch;
  return g;
}

/// Where tap column j finds output column 0 in a staged row.
FRUGAL_INLINE ptrdiff_t depthwise_tap_offset(const depthwise_geometry *g, ptrdiff_t dilation_x,
                                             ptrdiff_t j) {
  if (g->period == 1) return j * dilation_x / g->slot_step;
  return j % g->period * g->slot_width + j * dilation_x / g->slot_step;
}
