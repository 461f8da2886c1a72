// Pooling: the taps of a window joined by a maximum or a sum.
//
// Output columns whose windows lie inside the map sideways go eight at a time; the others one by
// one. Both visit the taps in the same order (rows, then columns).
#pragma once

#include "../simd/runs.h"

/// The part of an output row's windows that lies inside the map, by rows.
typedef struct {
  const float *plane;
  ptrdiff_t row;     ///< of tap row 0; may lie outside
  index_range taps;  ///< tap rows that lie inside
  ptrdiff_t left;
} pooling_row;

FRUGAL_INLINE vector8 pooling_load(const float *p, ptrdiff_t stride) {
  if (stride == 1) return load8(p);
  if (stride == 2) return load8_every_second(p);
  float lanes[LANES];
  for (ptrdiff_t i = 0; i < LANES; i++) lanes[i] = p[stride * i];
  return load8(lanes);
}

/// What a sum is divided by; `inside` taps lie in the map.
FRUGAL_INLINE float pooling_divisor(const frugal_depthwise *d, frugal_pooling kind,
                                    ptrdiff_t inside) {
  if (kind == FRUGAL_POOL_AVERAGE) return inside > 0 ? (float)inside : 1;
  return (float)(d->kernel_height * d->kernel_width);
}

/// Output columns x ..< x + 8, all tap columns inside.
FRUGAL_INLINE vector8 pool_vector(const frugal_depthwise *d, frugal_pooling kind,
                                  const pooling_row *row, ptrdiff_t x) {
  const bool maximum = kind == FRUGAL_POOL_MAX;
  vector8 v = broadcast8(maximum ? -__builtin_inff() : 0);
  for (ptrdiff_t i = row->taps.start; i < row->taps.end; i++) {
    const float *src =
        row->plane + (row->row + i * d->dilation_y) * d->width + (row->left + x * d->stride_x);
    for (ptrdiff_t j = 0; j < d->kernel_width; j++) {
      vector8 tap = pooling_load(src + j * d->dilation_x, d->stride_x);
      v = maximum ? larger(v, tap) : v + tap;
    }
  }
  if (maximum) return v;
  ptrdiff_t inside = (row->taps.end - row->taps.start) * d->kernel_width;
  return v / broadcast8(pooling_divisor(d, kind, inside));
}

/// Output column x, wherever its taps are.
FRUGAL_INLINE float pool_scalar(const frugal_depthwise *d, frugal_pooling kind,
                                const pooling_row *row, ptrdiff_t x) {
  const bool maximum = kind == FRUGAL_POOL_MAX;
  const ptrdiff_t column = row->left + x * d->stride_x;
  index_range taps = indices_inside(column, d->dilation_x, d->kernel_width, d->width);
  float v = maximum ? -__builtin_inff() : 0;
  for (ptrdiff_t i = row->taps.start; i < row->taps.end; i++) {
    const float *src = row->plane + (row->row + i * d->dilation_y) * d->width;
    for (ptrdiff_t j = taps.start; j < taps.end; j++) {
      float tap = src[column + j * d->dilation_x];
      v = maximum ? larger_of_two(v, tap) : v + tap;
    }
  }
  if (maximum) return v;
  ptrdiff_t inside = (row->taps.end - row->taps.start) * (taps.end - taps.start);
  return v / pooling_divisor(d, kind, inside);
}

FRUGAL_INLINE void pool_rows(const frugal_depthwise *d, frugal_pooling kind, ptrdiff_t c0,
                             ptrdiff_t c1, ptrdiff_t y0, ptrdiff_t y1, float *dst, ptrdiff_t ld) {
  const ptrdiff_t out_width = d->out_width;
  const ptrdiff_t reach_y = (d->kernel_height - 1) * d->dilation_y;
  const ptrdiff_t reach_x = (d->kernel_width - 1) * d->dilation_x;
  // Beyond these origins every tap is outside the map; clamped, nothing overflows.
  const ptrdiff_t top =
      clamped(d->origins->top, -((y1 - 1) * d->stride_y + reach_y + 1), d->height);
  const ptrdiff_t left =
      clamped(d->origins->left, -((out_width - 1) * d->stride_x + reach_x + 1), d->width);
  // Columns whose first and whose last tap are inside.
  const index_range first = indices_inside(left, d->stride_x, out_width, d->width);
  const index_range last = indices_inside(left + reach_x, d->stride_x, out_width, d->width);
  const ptrdiff_t start = first.start, end = larger_of(start, smaller_of(first.end, last.end));

  for (ptrdiff_t c = c0; c < c1; c++) {
    for (ptrdiff_t y = y0; y < y1; y++) {
      float *out = dst + (c - c0) * ld + (y - y0) * out_width;
      pooling_row row = {d->map + c * d->channel_stride, y * d->stride_y + top, {0, 0}, left};
      row.taps = indices_inside(row.row, d->dilation_y, d->kernel_height, d->height);
      ptrdiff_t x = 0;
      if (end - start >= LANES) {
        for (; x < start; x++) out[x] = pool_scalar(d, kind, &row, x);
        for (; x + LANES < end; x += LANES) store8(out + x, pool_vector(d, kind, &row, x));
        store8(out + end - LANES, pool_vector(d, kind, &row, end - LANES));
        x = end;
      }
      for (; x < out_width; x++) out[x] = pool_scalar(d, kind, &row, x);
    }
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(pool)(const frugal_depthwise *d, frugal_pooling kind,
                                                 ptrdiff_t c0, ptrdiff_t c1, ptrdiff_t y0,
                                                 ptrdiff_t y1, float *dst, ptrdiff_t ld) {
  if (y0 >= y1) return;
  switch (kind) {
    case FRUGAL_POOL_MAX:
      pool_rows(d, FRUGAL_POOL_MAX, c0, c1, y0, y1, dst, ld);
      break;
    case FRUGAL_POOL_AVERAGE:
      pool_rows(d, FRUGAL_POOL_AVERAGE, c0, c1, y0, y1, dst, ld);
      break;
    case FRUGAL_POOL_AVERAGE_PADDED:
      pool_rows(d, FRUGAL_POOL_AVERAGE_PADDED, c0, c1, y0, y1, dst, ld);
      break;
  }
}
