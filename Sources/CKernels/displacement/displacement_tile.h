// Displaced copies: what a shift convolution costs over a pointwise one.
#pragma once

#include "../simd/runs.h"

/// Each row is a short run somewhere else, which no processor foresees: so many rows ahead its
/// lines are asked for (measured on Zen 3: a shift convolution in 0.85 of the time at 32x112x112,
/// 0.97 at 64x56x56).
enum { ROWS_AHEAD = 2 };

/// The plane whose lines are asked for while row r is written: that of a later row, if there is
/// one.
FRUGAL_INLINE const float *displaced_plane_ahead(const frugal_displacement *d,
                                                 const frugal_displaced_row *rows, ptrdiff_t r,
                                                 ptrdiff_t count) {
  return d->map + rows[smaller_of(r + ROWS_AHEAD, count - 1)].channel * d->channel_stride;
}

/// Copies a run, and asks for as many floats from `ahead` on.
FRUGAL_INLINE void copy_run_asking(float *restrict dst, const float *restrict src, ptrdiff_t n,
                                   const float *ahead) {
  if (n < LANES) return copy_run(dst, src, n);
  ptrdiff_t i = 0;
  for (; i + 2 * LINE <= n; i += 2 * LINE) {
    prefetch(ahead + i), prefetch(ahead + i + LINE);
    vector8 a = load8(src + i), b = load8(src + i + LANES);
    vector8 c = load8(src + i + LINE), d = load8(src + i + LINE + LANES);
    store8(dst + i, a), store8(dst + i + LANES, b);
    store8(dst + i + LINE, c), store8(dst + i + LINE + LANES, d);
  }
  if (i == n) return;
  prefetch(ahead + i);
  for (; i + LANES < n; i += LANES) store8(dst + i, load8(src + i));
  store8(dst + n - LANES, load8(src + n - LANES));
}

/// Zeroes `n` columns of every row, starting at dst.
FRUGAL_INLINE void zero_columns(float *dst, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t ld) {
  if (n == 1) {  // shifts by one pixel are nearly all there are
    for (ptrdiff_t y = 0; y < rows; y++) dst[y * ld] = 0;
  } else {
    for (ptrdiff_t y = 0; y < rows; y++) zero_run(dst + y * ld, n);
  }
}

/// When input and output are equally wide and dense, a displaced copy of rows is one flat copy of
/// the whole run, displaced, whose border columns are then zeroed. Decides as little as it can
/// for each row: beside a run of 28 vectors that showed (measured on Zen 3 against the general way:
/// 28x28 in 0.5 to 0.6 of the time, 56x56 in 0.8).
FRUGAL_INLINE void displace_flat(const frugal_displacement *d, const frugal_displaced_row *rows,
                                 ptrdiff_t count, ptrdiff_t y0, ptrdiff_t y1, float *dst,
                                 ptrdiff_t ld) {
  const ptrdiff_t height = d->height, width = d->width, pixels = height * width, n = y1 - y0;
  for (ptrdiff_t r = 0; r < count; r++, dst += ld) {
    // Beyond these displacements every pixel comes from outside; clamped, nothing overflows.
    const ptrdiff_t dy = clamped(rows[r].dy, -y1, height), dx = clamped(rows[r].dx, -width, width);
    const float *plane = d->map + rows[r].channel * d->channel_stride;
    const float *ahead = displaced_plane_ahead(d, rows, r, count) + y0 * width;
    const ptrdiff_t start = clamped(-(y0 + dy), 0, n), end = clamped(height - (y0 + dy), start, n);
    if (start > 0) zero_run(dst, start * width);
    if (end < n) zero_run(dst + end * width, (n - end) * width);
    if (start == end) continue;
    float *out = dst + start * width;
    const ptrdiff_t source = (y0 + start + dy) * width + dx, run = (end - start) * width;
    const ptrdiff_t first = larger_of(-source, 0), last = smaller_of(run, pixels - source);
    copy_run_asking(out + first, plane + source + first, last - first, ahead);
    if (dx < 0) zero_columns(out, -dx, end - start, width);
    if (dx > 0) zero_columns(out + width - dx, dx, end - start, width);
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(displace)(const frugal_displacement *d,
                                                     const frugal_displaced_row *rows,
                                                     ptrdiff_t count, ptrdiff_t y0, ptrdiff_t y1,
                                                     float *dst, ptrdiff_t ld) {
  const ptrdiff_t height = d->height, width = d->width, out_width = d->out_width;
  const ptrdiff_t stride_y = d->stride_y, stride_x = d->stride_x, n = y1 - y0;
  if (n <= 0) return;
  // Rows as dense as the map's, all of which it could have.
  if (stride_y == 1 && stride_x == 1 && out_width == width && y0 >= 0 && y1 <= height)
    return displace_flat(d, rows, count, y0, y1, dst, ld);
  // Beyond these displacements every pixel comes from outside; clamped, nothing overflows.
  const ptrdiff_t least_dy = -((y1 - 1) * stride_y + 1),
                  least_dx = -((out_width - 1) * stride_x + 1);

  for (ptrdiff_t r = 0; r < count; r++, dst += ld) {
    const float *plane = d->map + rows[r].channel * d->channel_stride;
    const float *ahead = displaced_plane_ahead(d, rows, r, count);
    const ptrdiff_t asked = smaller_of(y1 * stride_y, height) * width;
    for (ptrdiff_t i = y0 * stride_y * width; i < asked; i += 2 * LANES) prefetch(ahead + i);
    ptrdiff_t dy = clamped(rows[r].dy, least_dy, height);
    ptrdiff_t dx = clamped(rows[r].dx, least_dx, width);
    index_range inside = indices_inside(y0 * stride_y + dy, stride_y, n, height);
    index_range columns = indices_inside(dx, stride_x, out_width, width);
    if (columns.start == columns.end) inside.end = inside.start;

    zero_run(dst, inside.start * out_width);
    zero_run(dst + inside.end * out_width, (n - inside.end) * out_width);
    if (inside.start == inside.end) continue;

    float *out = dst + inside.start * out_width;
    ptrdiff_t source_row = (y0 + inside.start) * stride_y + dy;
    for (ptrdiff_t y = inside.start; y < inside.end; y++, out += out_width) {
      const float *row = plane + source_row * width;
      zero_run(out, columns.start);
      copy_strided(out + columns.start, row + columns.start * stride_x + dx,
                   columns.end - columns.start, stride_x);
      zero_run(out + columns.end, out_width - columns.end);
      source_row += stride_y;
    }
  }
}
