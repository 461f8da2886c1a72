// Displaced copies: what a shift convolution costs over a pointwise one.
#pragma once

#include "../simd/runs.h"

/// Each row is a short run somewhere else, which no processor foresees: so many rows ahead its
/// lines are asked for (measured on Zen 3: a shift convolution in 0.85 of the time at 32x112x112,
/// 0.97 at 64x56x56).
enum { ROWS_AHEAD = 2 };

/// Zeroes `n` columns of every row, starting at dst.
FRUGAL_INLINE void zero_columns(float *dst, ptrdiff_t n, ptrdiff_t rows, ptrdiff_t ld) {
  if (n == 1) {  // shifts by one pixel are nearly all there are
    for (ptrdiff_t y = 0; y < rows; y++) dst[y * ld] = 0;
  } else {
    for (ptrdiff_t y = 0; y < rows; y++) zero_run(dst + y * ld, n);
  }
}

/// Rows that lie inside the plane, when input and output are equally wide and dense: a displaced
/// copy of the plane is one flat copy of the whole run of rows, displaced, whose border columns are
/// then zeroed. `source` is the index of the first output pixel's source in the plane.
FRUGAL_INLINE void displace_flat(float *dst, const float *plane, ptrdiff_t pixels, ptrdiff_t source,
                                 ptrdiff_t dx, index_range columns, ptrdiff_t rows,
                                 ptrdiff_t width) {
  ptrdiff_t start = source < 0 ? -source : 0;
  ptrdiff_t end = smaller_of(rows * width, pixels - source);
  copy_run(dst + start, plane + source + start, end - start);
  if (dx < 0) zero_columns(dst, columns.start, rows, width);
  if (dx > 0) zero_columns(dst + columns.end, width - columns.end, rows, width);
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(displace)(const frugal_displacement *d,
                                                     const frugal_displaced_row *rows,
                                                     ptrdiff_t count, ptrdiff_t y0, ptrdiff_t y1,
                                                     float *dst, ptrdiff_t ld) {
  const ptrdiff_t height = d->height, width = d->width, out_width = d->out_width;
  const ptrdiff_t stride_y = d->stride_y, stride_x = d->stride_x, n = y1 - y0;
  if (n <= 0) return;
  // Beyond these displacements every pixel comes from outside; clamped, nothing overflows.
  const ptrdiff_t least_dy = -((y1 - 1) * stride_y + 1),
                  least_dx = -((out_width - 1) * stride_x + 1);

  for (ptrdiff_t r = 0; r < count; r++, dst += ld) {
    const float *plane = d->map + rows[r].channel * d->channel_stride;
    if (r + ROWS_AHEAD < count) {
      const float *ahead = d->map + rows[r + ROWS_AHEAD].channel * d->channel_stride;
      const ptrdiff_t end = smaller_of(y1 * stride_y, height) * width;
      for (ptrdiff_t i = y0 * stride_y * width; i < end; i += 2 * LANES) prefetch(ahead + i);
    }
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
    if (stride_x == 1 && stride_y == 1 && out_width == width) {
      displace_flat(out, plane, height * width, source_row * width + dx, dx, columns,
                    inside.end - inside.start, width);
      continue;
    }
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
