// Depthwise convolution: one channel's weighted taps, up to four output rows by two vectors at
// once, so that a staged row is loaded once per tap column and serves every output row it touches.
//
// Columns of the kernel are the outer loop: only `kernel_height` weights are live at a time, so any
// kernel up to 7 keeps accumulators and weights in sixteen registers. Each output sums its taps in
// the same order (columns, then rows) wherever it stands, whatever tile it falls into.
#pragma once

#include "staging.h"

/// Vectors side by side in a tile: eight accumulators, the weights of a tap column, a row.
enum { DEPTHWISE_VECTORS = VECTOR_REGISTERS >= 16 ? 2 : 1 };

/// Tap columns whose offsets are looked up; further ones are computed where they are used.
enum { DEPTHWISE_OFFSETS = 32 };

/// What the unrolled bodies are made for: square kernels without dilation, strides 1 and 2. All
/// zero: whatever the description says.
typedef struct {
  int size, stride;
} depthwise_shape;

/// What stays the same over a piece.
typedef struct {
  const frugal_depthwise *d;
  const depthwise_geometry *g;
  const ptrdiff_t *offsets;
  const float *weights;  ///< of this channel
  ptrdiff_t tap_rows;    ///< staged rows from one tap row to the next
  ptrdiff_t slot_width, out_width;
} depthwise_taps;

/// One tap column of `rows` by `vectors` outputs, unrolled.
FRUGAL_INLINE void depthwise_tap_column(depthwise_shape shape, int rows, int vectors,
                                        const float *weights, const float *first,
                                        const float *second, ptrdiff_t pitch,
                                        vector8 sum[DEPTHWISE_ROWS][2]) {
  const int size = shape.size, stride = shape.stride;
  vector8 weight[7];
#pragma clang loop unroll(full)
  for (int i = 0; i < size; i++) weight[i] = broadcast8(weights[i * size]);
#pragma clang loop unroll(full)
  for (int q = 0; q < (rows - 1) * stride + size; q++) {
    if (q % stride >= size) continue;
    vector8 a = load8(first + q * pitch), b = vectors > 1 ? load8(second + q * pitch) : a;
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      const int i = q - r * stride;
      if (i < 0 || i >= size) continue;
      sum[r][0] = multiply_add(a, weight[i], sum[r][0]);
      if (vectors > 1) sum[r][1] = multiply_add(b, weight[i], sum[r][1]);
    }
  }
}

/// One tap column, with the sizes of the description.
FRUGAL_INLINE void depthwise_any_tap_column(const depthwise_taps *taps, int rows, int vectors,
                                            ptrdiff_t j, const float *first, const float *second,
                                            ptrdiff_t pitch, vector8 sum[DEPTHWISE_ROWS][2]) {
  const frugal_depthwise *d = taps->d;
  const ptrdiff_t tap_step = taps->tap_rows * pitch, row_step = d->stride_y * pitch;
  for (ptrdiff_t i = 0; i < d->kernel_height; i++, first += tap_step, second += tap_step) {
    vector8 weight = broadcast8(taps->weights[i * d->kernel_width + j]);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      sum[r][0] = multiply_add(load8(first + r * row_step), weight, sum[r][0]);
      if (vectors > 1) sum[r][1] = multiply_add(load8(second + r * row_step), weight, sum[r][1]);
    }
  }
}

/// `rows` by `vectors` outputs, from the staged or mapped row of their first one. `x0` and `x1` are
/// their columns. Rows narrower than a vector spill up to seven floats behind their end: into the
/// next row, which is written after them.
FRUGAL_INLINE void depthwise_tile(depthwise_shape shape, int rows, int vectors,
                                  const depthwise_taps *taps, const float *source, ptrdiff_t pitch,
                                  float *out, ptrdiff_t x0, ptrdiff_t x1) {
  const ptrdiff_t out_width = taps->out_width;
  const float *first = source + x0, *second = source + x1;
  vector8 sum[DEPTHWISE_ROWS][2];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) sum[r][0] = sum[r][1] = broadcast8(0);

  if (shape.size) {
    const ptrdiff_t slot = shape.stride == 1 ? 0 : taps->slot_width;
    // The compiler must not know that the next tile has the same weights: it would broadcast them
    // all ahead of the loop, into the stack.
    const float *weights = taps->weights;
    __asm__("" : "+r"(weights));
#pragma clang loop unroll(full)
    for (int j = 0; j < shape.size; j++) {
      const ptrdiff_t offset = j % shape.stride * slot + j / shape.stride;
      depthwise_tap_column(shape, rows, vectors, weights + j, first + offset, second + offset,
                           pitch, sum);
    }
  } else {
    for (ptrdiff_t j = 0; j < taps->d->kernel_width; j++) {
      const ptrdiff_t offset = j < DEPTHWISE_OFFSETS
                                   ? taps->offsets[j]
                                   : depthwise_tap_offset(taps->g, taps->d->dilation_x, j);
      depthwise_any_tap_column(taps, rows, vectors, j, first + offset, second + offset, pitch, sum);
    }
  }

#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++, out += out_width) {
    store8(out + x0, sum[r][0]);
    if (vectors > 1) store8(out + x1, sum[r][1]);
  }
}

/// Output columns x ..< stop of some rows. The last vector reaches back when it would pass the row.
typedef void depthwise_columns_function(const depthwise_taps *taps, const float *source,
                                        ptrdiff_t pitch, float *out, ptrdiff_t x, ptrdiff_t stop);

FRUGAL_INLINE void depthwise_columns(depthwise_shape shape, int rows, const depthwise_taps *taps,
                                     const float *source, ptrdiff_t pitch, float *out, ptrdiff_t x,
                                     ptrdiff_t stop) {
  const ptrdiff_t last = larger_of(taps->out_width - LANES, 0);
  if (DEPTHWISE_VECTORS > 1) {
    for (; x + LANES < stop; x += 2 * LANES)
      depthwise_tile(shape, rows, 2, taps, source, pitch, out, x, smaller_of(x + LANES, last));
  }
  for (; x < stop; x += LANES) {
    const ptrdiff_t start = smaller_of(x, last);
    depthwise_tile(shape, rows, 1, taps, source, pitch, out, start, start);
  }
}

#define DEPTHWISE_BODY(size, stride, rows)                                                       \
  static FRUGAL_NO_LIBRARY_CALLS void depthwise_columns_##size##_##stride##_##rows(              \
      const depthwise_taps *taps, const float *source, ptrdiff_t pitch, float *out, ptrdiff_t x, \
      ptrdiff_t stop) {                                                                          \
    depthwise_columns((depthwise_shape){size, stride}, rows, taps, source, pitch, out, x, stop); \
  }
#define DEPTHWISE_BODIES(size, stride) \
  DEPTHWISE_BODY(size, stride, 1)      \
  DEPTHWISE_BODY(size, stride, 2) DEPTHWISE_BODY(size, stride, 3) DEPTHWISE_BODY(size, stride, 4)
// clang-format off
DEPTHWISE_BODIES(0, 0)
DEPTHWISE_BODIES(1, 1) DEPTHWISE_BODIES(2, 1) DEPTHWISE_BODIES(3, 1) DEPTHWISE_BODIES(4, 1)
DEPTHWISE_BODIES(5, 1) DEPTHWISE_BODIES(6, 1) DEPTHWISE_BODIES(7, 1)
DEPTHWISE_BODIES(1, 2) DEPTHWISE_BODIES(2, 2) DEPTHWISE_BODIES(3, 2) DEPTHWISE_BODIES(4, 2)
DEPTHWISE_BODIES(5, 2) DEPTHWISE_BODIES(6, 2) DEPTHWISE_BODIES(7, 2)
// clang-format on
#undef DEPTHWISE_BODIES
#undef DEPTHWISE_BODY

    /// The bodies for a kernel, by rows less one.
    FRUGAL_INLINE depthwise_columns_function *const *depthwise_bodies(const frugal_depthwise *d) {
#define DEPTHWISE_BODIES(size, stride)                                               \
  {depthwise_columns_##size##_##stride##_1, depthwise_columns_##size##_##stride##_2, \
   depthwise_columns_##size##_##stride##_3, depthwise_columns_##size##_##stride##_4}
  static depthwise_columns_function *const any[DEPTHWISE_ROWS] = DEPTHWISE_BODIES(0, 0);
  static depthwise_columns_function *const bodies[2][7][DEPTHWISE_ROWS] = {
      {DEPTHWISE_BODIES(1, 1), DEPTHWISE_BODIES(2, 1), DEPTHWISE_BODIES(3, 1),
       DEPTHWISE_BODIES(4, 1), DEPTHWISE_BODIES(5, 1), DEPTHWISE_BODIES(6, 1),
       DEPTHWISE_BODIES(7, 1)},
      {DEPTHWISE_BODIES(1, 2), DEPTHWISE_BODIES(2, 2), DEPTHWISE_BODIES(3, 2),
       DEPTHWISE_BODIES(4, 2), DEPTHWISE_BODIES(5, 2), DEPTHWISE_BODIES(6, 2),
       DEPTHWISE_BODIES(7, 2)}};
#undef DEPTHWISE_BODIES
  if (d->kernel_height != d->kernel_width || d->stride_y != d->stride_x || d->dilation_y != 1 ||
      d->dilation_x != 1 || d->kernel_height > 7 || d->stride_y > 2)
    return any;
  return bodies[d->stride_y - 1][d->kernel_height - 1];
}

/// A piece: groups of four rows, and what remains. Between the panels, groups inside the map read
/// it. `end` is that of the channel's output: no spill may reach it.
FRUGAL_INLINE void depthwise_rows(depthwise_columns_function *const *bodies,
                                  const depthwise_taps *taps, const depthwise_piece *piece,
                                  const depthwise_panels *panels, const float *staged, float *out,
                                  const float *end) {
  const frugal_depthwise *d = taps->d;
  const ptrdiff_t pitch = taps->g->pitch, out_width = taps->out_width;
  for (ptrdiff_t y = 0; y < piece->rows; y += DEPTHWISE_ROWS) {
    const ptrdiff_t rows = smaller_of(DEPTHWISE_ROWS, piece->rows - y);
    depthwise_columns_function *body = bodies[rows - 1];
    if (panels->direct && rows_inside(d, piece->top, piece->y + y, rows)) {
      // The address of output column 0 may lie before the plane; only columns that do not are read.
      const ptrdiff_t origin = (piece->y + y + piece->top) * d->width + piece->left;
      const float *map =
          (const float *)((uintptr_t)piece->plane + (uintptr_t)origin * sizeof(float));
      body(taps, map, d->width, out, panels->left_end, panels->right_start);
      if (panels->left_end > 0) body(taps, staged, pitch, out, 0, panels->left_end);
      if (panels->right_start < out_width)
        body(taps, staged, pitch, out, panels->right_start, out_width);
    } else if (end - out >= rows * out_width + (LANES - 1) || out_width >= LANES) {
      body(taps, staged, pitch, out, 0, out_width);
    } else {
      // The last rows have no row behind them to spill into.
      float spilling[DEPTHWISE_ROWS * LANES + LANES];
      body(taps, staged, pitch, spilling, 0, out_width);
      copy_run(out, spilling, rows * out_width);
    }
    staged += DEPTHWISE_ROWS * d->stride_y * pitch, out += DEPTHWISE_ROWS * out_width;
  }
}

/// Which columns must be staged for a channel whose taps begin at column `left`. Rows too short for
/// it to pay are staged whole: their two edges make up most of them.
FRUGAL_INLINE depthwise_panels depthwise_panels_of(const frugal_depthwise *d,
                                                   const depthwise_geometry *g, ptrdiff_t left) {
  const ptrdiff_t n = d->out_width, reach = (d->kernel_width - 1) * d->dilation_x;
  depthwise_panels panels = {false, 0, 0};
  if (n < 40 || d->stride_x != 1 || d->stride_y != 1 || d->dilation_y != 1 || g->slots != 1)
    return panels;
  panels.direct = true;
  ptrdiff_t first = larger_of(-left, 0), last = smaller_of(d->width - left - reach, n) - LANES;
  panels.left_end = (first + LANES - 1) / LANES * LANES;
  panels.right_start = last < 0 ? 0 : last == n - LANES ? n : last / LANES * LANES + LANES;
  // A last vector that reaches back must not reach back over the left edge.
  if (panels.right_start <= panels.left_end || (panels.right_start == n && first > n - LANES))
    panels.direct = false;
  return panels;
}

FRUGAL_INLINE depthwise_piece depthwise_piece_of(const frugal_depthwise *d, ptrdiff_t c,
                                                 ptrdiff_t y, ptrdiff_t rows, ptrdiff_t y1) {
  const frugal_tap_origin *origin = d->origins + c * d->origin_stride;
  // Beyond these origins every tap is outside the map; clamped, nothing overflows.
  ptrdiff_t below = (y1 - 1) * d->stride_y + (d->kernel_height - 1) * d->dilation_y + 1;
  ptrdiff_t beside = (d->out_width - 1) * d->stride_x + (d->kernel_width - 1) * d->dilation_x + 1;
  return (depthwise_piece){.plane = d->map + c * d->channel_stride,
                           .top = clamped(origin->top, -below, d->height),
                           .left = clamped(origin->left, -beside, d->width),
                           .y = y,
                           .rows = smaller_of(rows, y1 - y),
                           .borders = true};
}

FRUGAL_INLINE bool same_place(const depthwise_piece *a, const depthwise_piece *b) {
  return a->top == b->top && a->left == b->left && a->y == b->y && a->rows == b->rows;
}

/// A buffer and what it holds.
typedef struct {
  depthwise_piece piece;
  depthwise_panels panels;
  float *floats;
} depthwise_buffer;

/// Makes a buffer hold `piece`; `used` when it held one before.
FRUGAL_INLINE void stage(const frugal_depthwise *d, const depthwise_geometry *g,
                         depthwise_piece piece, bool used, depthwise_buffer *buffer) {
  if (used && same_place(&piece, &buffer->piece)) {
    buffer->piece.plane = piece.plane;
    if (buffer->piece.copies <= DEPTHWISE_COPIES) {
      stage_piece_again(d, g, &buffer->piece, buffer->floats);
      return;
    }
    buffer->piece.borders = false;
  } else {
    buffer->piece = piece;
    buffer->panels = depthwise_panels_of(d, g, piece.left);
  }
  stage_piece(d, g, &buffer->piece, &buffer->panels, buffer->floats);
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(depthwise)(const frugal_depthwise *d,
                                                      const float *weights, ptrdiff_t c0,
                                                      ptrdiff_t c1, ptrdiff_t y0, ptrdiff_t y1,
                                                      float *dst, ptrdiff_t ld, float *scratch) {
  if (c0 >= c1 || y0 >= y1) return;
  const depthwise_geometry g = depthwise_geometry_of(d, y1 - y0);
  depthwise_columns_function *const *bodies = depthwise_bodies(d);
  ptrdiff_t offsets[DEPTHWISE_OFFSETS];
  for (ptrdiff_t j = 0; j < smaller_of(d->kernel_width, DEPTHWISE_OFFSETS); j++)
    offsets[j] = depthwise_tap_offset(&g, d->dilation_x, j);
  depthwise_taps taps = {
      .d = d, .g = &g, .offsets = offsets, .slot_width = g.slot_width, .out_width = d->out_width};

  // Staging runs one piece ahead of computing.
  depthwise_buffer buffers[2];
  buffers[0].floats = scratch, buffers[1].floats = scratch + g.buffer;
  stage(d, &g, depthwise_piece_of(d, c0, y0, g.piece_rows, y1), false, &buffers[0]);
  ptrdiff_t c = c0, y = y0;
  for (ptrdiff_t item = 0; c < c1; item++) {
    ptrdiff_t next_c = c, next_y = y + g.piece_rows;
    if (next_y >= y1) next_c = c + 1, next_y = y0;
    depthwise_buffer *now = &buffers[item & 1], *ahead = &buffers[(item & 1) ^ 1];
    if (next_c < c1)
      stage(d, &g, depthwise_piece_of(d, next_c, next_y, g.piece_rows, y1), item > 0, ahead);
    float *out = dst + (c - c0) * ld;
    taps.weights = weights + c * d->kernel_height * d->kernel_width;
    taps.tap_rows = depthwise_tap_rows(d, now->piece.rows);
    depthwise_rows(bodies, &taps, &now->piece, &now->panels, now->floats,
                   out + (y - y0) * d->out_width, out + (y1 - y0) * d->out_width);
    c = next_c, y = next_y;
  }
}
