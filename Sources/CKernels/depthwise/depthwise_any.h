// Depthwise convolution by the description alone: rectangular kernels, dilation, any stride. Tap by
// tap, four output rows at once, everything through masks.
#pragma once

/// Columns column, column + stride … of a row of the map, zeros beside it.
FRUGAL_INLINE vector8 depthwise_load_any(const depthwise_channels *channels, const float *row,
                                         ptrdiff_t column) {
  const ptrdiff_t stride = channels->d->stride_x, width = channels->d->width;
  if (stride <= 2) {
    column = clamped(column, -DEPTHWISE_BESIDE, width);
    const float *p = row + column, *mask = channels->mask + column;
    const vector8 first = depthwise_load(true, p, mask);
    if (stride == 1) return first;
    return in_order(every_second_by_halves(first, depthwise_load(true, p + LANES, mask + LANES)));
  }
  float lanes[LANES] = {0};
  const index_range inside = indices_inside(column, stride, LANES, width);
  for (ptrdiff_t i = inside.start; i < inside.end; i++) lanes[i] = row[column + i * stride];
  return load8(lanes);
}

/// `rows` by eight outputs of channel c of some, from row y and column x on.
FRUGAL_INLINE void depthwise_tile_any(int rows, const depthwise_channels *channels, ptrdiff_t c,
                                      ptrdiff_t y, ptrdiff_t x, float *out, ptrdiff_t pitch) {
  const frugal_depthwise *d = channels->d;
  const float *plane = channels->planes + c * d->channel_stride;
  const float *weights = channels->weights + c * d->kernel_height * d->kernel_width;
  vector8 sum[DEPTHWISE_MOST_ROWS][2];
  UNROLLED (r, rows) sum[r][0] = broadcast8(channels->bias[c * channels->bias_step]);
  for (ptrdiff_t j = 0; j < d->kernel_width; j++) {
    const ptrdiff_t column = x * d->stride_x + channels->left + j * d->dilation_x;
    for (ptrdiff_t i = 0; i < d->kernel_height; i++) {
      const vector8 weight = broadcast8(weights[i * d->kernel_width + j]);
      UNROLLED (r, rows) {
        const ptrdiff_t from = (y + r) * d->stride_y + channels->top + i * d->dilation_y;
        const float *row =
            from >= 0 && from < d->height ? plane + from * d->width : depthwise_zeros(channels);
        sum[r][0] = multiply_add(depthwise_load_any(channels, row, column), weight, sum[r][0]);
      }
    }
  }
  depthwise_store(1, 0, rows, 1, channels->low, channels->high, out, pitch, x, x, sum);
}

/// Output rows y0 ..< y1 of some channels.
static FRUGAL_NO_LIBRARY_CALLS void depthwise_any(const depthwise_channels *channels, ptrdiff_t y0,
                                                  ptrdiff_t y1, float *dst) {
  const ptrdiff_t n = channels->d->out_width, pitch = larger_of(n, LANES);
  float spilling[DEPTHWISE_ROWS * LANES];
  for (ptrdiff_t c = 0; c < channels->channels; c++) {
    float *out = dst + c * channels->ld;
    for (ptrdiff_t y = y0, rows; y < y1; y += rows, out += rows * n) {
      rows = y1 - y < DEPTHWISE_ROWS ? 1 : DEPTHWISE_ROWS;
      float *target = n < LANES ? spilling : out;
      for (ptrdiff_t x = 0; x < n; x += LANES) {
        const ptrdiff_t start = smaller_of(x, pitch - LANES);
        if (rows == 1)
          depthwise_tile_any(1, channels, c, y, start, target, pitch);
        else
          depthwise_tile_any(DEPTHWISE_ROWS, channels, c, y, start, target, pitch);
      }
      if (n < LANES) copy_rows(out, n, spilling, LANES, rows, n);
    }
  }
}
