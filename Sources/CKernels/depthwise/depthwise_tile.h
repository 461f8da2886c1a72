// Depthwise convolution: weighted taps, up to four output rows by two vectors at once, so that a
// row of the map is loaded once per tap column and serves every output row it touches.
//
// The map is read where it stands. Rows outside it are one shared row of zeros; tap columns that
// reach over its left or right edge are loaded through a mask, the others are not: masked loads of
// all of them took a tenth more time (Zen 3). What depends on the place of a tile alone is decided
// once for a series of tiles, whose planes stay in the first-level cache (14x14 and 7x7: a third
// less time than tile by tile).
//
// Columns of the kernel are the outer loop: only `kernel_height` weights are live at a time, so any
// kernel up to 7 keeps accumulators and weights in sixteen registers. Each output starts from its
// bias and sums its taps in the same order (columns, then rows) wherever it stands, whatever tile
// it falls into. 3x3 windows over many rows, and whole planes of few, go other ways:
// `three_by_three.h`, `whole_planes.h`.
#pragma once

#include "ahead.h"
#include "columns.h"
#include "three_by_three.h"

enum {
  /// Output rows computed together.
  DEPTHWISE_ROWS = 4,
  /// The same at 7x7, where there is no second vector and four chains of sums wait for each other:
  /// 1.1 to 1.4 times as fast there, by size of kernel (Zen 3). For strides, windows that are not
  /// centred, and the last rows of higher maps; other such planes are whole ones.
  DEPTHWISE_MOST_ROWS = 7,
  /// Vectors side by side in a tile: eight accumulators, the weights of a tap column, a row.
  DEPTHWISE_VECTORS = VECTOR_REGISTERS >= 16 ? 2 : 1,
  /// Rows of the map that a tile of a kernel of 7 with stride 2 touches.
  DEPTHWISE_TOUCHED = (DEPTHWISE_MOST_ROWS - 1) * 2 + 7,
  /// Floats of input and output that stay in the first-level cache.
  DEPTHWISE_CACHED = 6400,
};

/// What the unrolled bodies are made for: square kernels without dilation, strides 1 and 2.
typedef struct {
  int size, stride;
} depthwise_shape;

/// Some channels of equal geometry.
typedef struct {
  const frugal_depthwise *d;
  const float *mask;    ///< of column 0: `columns.h`
  const float *planes;  ///< of the first channel
  ptrdiff_t channels;
  ptrdiff_t top, left;  ///< clamped, so that no product below overflows
  const float *weights;
  const float *bias;
  ptrdiff_t bias_step;
  float low, high;
  ptrdiff_t ld;
  depthwise_next next;
} depthwise_channels;

/// Tiles that differ in what they read and write, not in how: some output rows of each of several
/// channels, or several groups of output rows of one channel. Everything steps from tile to tile.
typedef struct {
  ptrdiff_t count;
  const float *row[DEPTHWISE_TOUCHED];    ///< rows of the map that the first one touches
  ptrdiff_t row_step[DEPTHWISE_TOUCHED];  ///< floats; none for the row of zeros
  const float *weights;
  ptrdiff_t weights_step;
  const float *bias;
  ptrdiff_t bias_step;
  float *out;
  ptrdiff_t out_step;
  bool last;  ///< no row follows that short rows could spill into
  bool asks;  ///< for what comes next
} depthwise_series;

/// One tap column, or two neighbours with stride 2, of one vector of each output row: from `column`
/// of the map on. With stride 2 a pair of loads holds both; the sums are then in the order of
/// `every_second_by_halves`.
FRUGAL_INLINE void depthwise_tap_columns(depthwise_shape shape, bool masked, int columns, int rows,
                                         const float *const *row, ptrdiff_t column,
                                         const float *mask, const vector8 weight[2][7], int v,
                                         vector8 sum[DEPTHWISE_MOST_ROWS][2]) {
  const int size = shape.size, stride = shape.stride;
  mask += column;
  UNROLLED (q, (rows - 1) * stride + size) {
    const float *p = row[q] + column;
    vector8 taps[2];
    taps[0] = depthwise_load(masked, p, mask);
    if (stride == 2) {
      const vector8 first = taps[0], second = depthwise_load(masked, p + LANES, mask + LANES);
      taps[0] = every_second_by_halves(first, second);
      if (columns == 2) taps[1] = other_seconds_by_halves(first, second);
    }
    UNROLLED (t, columns) {
      UNROLLED (r, rows) {
        const int i = q - r * stride;
        if (i >= 0 && i < size) sum[r][v] = multiply_add(taps[t], weight[t][i], sum[r][v]);
      }
    }
  }
}

/// Stores what becomes of the sums of output rows `first` ..< `end` of a tile.
FRUGAL_INLINE void depthwise_store(int stride, int first, int end, int vectors, float low,
                                   float high, float *out, ptrdiff_t pitch, ptrdiff_t x0,
                                   ptrdiff_t x1, vector8 sum[DEPTHWISE_MOST_ROWS][2]) {
  UNROLLED (r, end - first) {
    UNROLLED (v, vectors) {
      vector8 result = at_most(at_least(sum[first + r][v], broadcast8(low)), broadcast8(high));
      store8(out + r * pitch + (v ? x1 : x0), stride == 2 ? in_order(result) : result);
    }
  }
}

/// A series of `rows` by `vectors` outputs, at columns `x0` and `x1`.
FRUGAL_INLINE void depthwise_tiles(depthwise_shape shape, int rows, int vectors,
                                   const depthwise_channels *channels,
                                   const depthwise_series *series, ptrdiff_t x0, ptrdiff_t x1) {
  const int size = shape.size, stride = shape.stride, touched = (rows - 1) * stride + size;
  const ptrdiff_t width = channels->d->width, n = channels->d->out_width;
  const bool spills = vectors == 1 && series->last && n < LANES;
  const float *mask = channels->mask, *weights = series->weights, *bias = series->bias;
  const float *row[DEPTHWISE_TOUCHED];
  UNROLLED (q, touched) row[q] = series->row[q];
  float *out = series->out;
  ptrdiff_t column[2];
  unsigned edges[2];
  UNROLLED (v, vectors) {
    // Beyond these columns the masks are zero.
    column[v] = clamped((v ? x1 : x0) * stride + channels->left, -DEPTHWISE_BESIDE, width);
    edges[v] = depthwise_edges(size, stride, column[v], width);
  }
  for (ptrdiff_t k = 0; k < series->count; k++) {
    vector8 sum[DEPTHWISE_MOST_ROWS][2];
    UNROLLED (r, rows) sum[r][0] = sum[r][1] = broadcast8(*bias);
    UNROLLED (j, size) {
      if (j % stride != 0) continue;
      const int columns = j + stride <= size ? stride : 1;
      vector8 weight[2][7];
      UNROLLED (t, columns)
        UNROLLED (i, size) weight[t][i] = broadcast8(weights[i * size + j + t]);
      UNROLLED (v, vectors) {
        const ptrdiff_t from = column[v] + j;
        if (edges[v] >> j & 1)
          depthwise_tap_columns(shape, true, columns, rows, row, from, mask, weight, v, sum);
        else
          depthwise_tap_columns(shape, false, columns, rows, row, from, mask, weight, v, sum);
      }
    }
    const float low = channels->low, high = channels->high;
    if (spills) {
      // Of rows of half a vector or more, the last one alone has no row behind it.
      const int rest = n >= LANES / 2 ? 1 : rows;
      float spilling[DEPTHWISE_MOST_ROWS * LANES];
      if (rest == 1) {
        depthwise_store(stride, 0, rows - 1, 1, low, high, out, n, 0, 0, sum);
        depthwise_store(stride, rows - 1, rows, 1, low, high, spilling, LANES, 0, 0, sum);
      } else {
        depthwise_store(stride, 0, rows, 1, low, high, spilling, LANES, 0, 0, sum);
      }
      copy_rows(out + (rows - rest) * n, n, spilling, LANES, rest, n);
    } else {
      depthwise_store(stride, 0, rows, vectors, low, high, out, n, x0, x1, sum);
    }
    UNROLLED (q, touched) row[q] += series->row_step[q];
    weights += series->weights_step, bias += series->bias_step, out += series->out_step;
  }
}

/// A series of some output rows. Rows shorter than a vector spill up to seven floats behind
/// their end: into the next row, which is written after them.
typedef void depthwise_rows_function(const depthwise_channels *channels,
                                     const depthwise_series *series);

FRUGAL_INLINE void depthwise_rows(depthwise_shape shape, int rows,
                                  const depthwise_channels *channels,
                                  const depthwise_series *series) {
  const ptrdiff_t n = channels->d->out_width, last = larger_of(n - LANES, 0);
  ptrdiff_t x = 0;
  // The last vector reaches back when it would pass the row.
  for (; DEPTHWISE_VECTORS > 1 && rows <= DEPTHWISE_ROWS && n - x > LANES; x += 2 * LANES) {
    if (series->asks) depthwise_ask(&channels->next, x, 2);
    depthwise_tiles(shape, rows, 2, channels, series, x, smaller_of(x + LANES, last));
  }
  for (; x < n; x += LANES) {
    if (series->asks) depthwise_ask(&channels->next, x, 1);
    const ptrdiff_t x0 = smaller_of(x, last);
    depthwise_tiles(shape, rows, 1, channels, series, x0, x0);
  }
}

#define DEPTHWISE_BODY(size, stride, rows)                                       \
  static FRUGAL_NO_LIBRARY_CALLS void depthwise_rows_##size##_##stride##_##rows( \
      const depthwise_channels *channels, const depthwise_series *series) {      \
    depthwise_rows((depthwise_shape){size, stride}, rows, channels, series);     \
  }
#define DEPTHWISE_BODIES(size, stride) \
  DEPTHWISE_BODY(size, stride, 1)      \
  DEPTHWISE_BODY(size, stride, 2)      \
  DEPTHWISE_BODY(size, stride, 3) DEPTHWISE_BODY(size, stride, 4) DEPTHWISE_BODY(size, stride, 7)
// clang-format off
DEPTHWISE_BODIES(2, 1) DEPTHWISE_BODIES(3, 1) DEPTHWISE_BODIES(5, 1) DEPTHWISE_BODIES(7, 1)
DEPTHWISE_BODIES(2, 2) DEPTHWISE_BODIES(3, 2) DEPTHWISE_BODIES(5, 2) DEPTHWISE_BODIES(7, 2)
// clang-format on
#undef DEPTHWISE_BODIES
#undef DEPTHWISE_BODY

    /// The bodies for a window, by rows less one; null when it takes the general path.
    FRUGAL_INLINE depthwise_rows_function *const *depthwise_bodies(const frugal_depthwise *d) {
#define DEPTHWISE_BODIES(size, stride)   \
  {depthwise_rows_##size##_##stride##_1, \
   depthwise_rows_##size##_##stride##_2, \
   depthwise_rows_##size##_##stride##_3, \
   depthwise_rows_##size##_##stride##_4, \
   0,                                    \
   0,                                    \
   depthwise_rows_##size##_##stride##_7}
  static depthwise_rows_function *const bodies[2][8][DEPTHWISE_MOST_ROWS] = {
      {[2] = DEPTHWISE_BODIES(2, 1),
       [3] = DEPTHWISE_BODIES(3, 1),
       [5] = DEPTHWISE_BODIES(5, 1),
       [7] = DEPTHWISE_BODIES(7, 1)},
      {[2] = DEPTHWISE_BODIES(2, 2),
       [3] = DEPTHWISE_BODIES(3, 2),
       [5] = DEPTHWISE_BODIES(5, 2),
       [7] = DEPTHWISE_BODIES(7, 2)}};
#undef DEPTHWISE_BODIES
  if (d->kernel_height != d->kernel_width || d->stride_y != d->stride_x || d->dilation_y != 1 ||
      d->dilation_x != 1 || d->kernel_height > 7 || d->stride_y > 2)
    return 0;
  depthwise_rows_function *const *found = bodies[d->stride_y - 1][d->kernel_height];
  return found[0] ? found : 0;
}

/// The row of zeros that stands for the rows outside the map.
FRUGAL_INLINE const float *depthwise_zeros(const depthwise_channels *channels) {
  return channels->mask + channels->d->width;
}

/// The rows of the map that output rows from y on touch.
FRUGAL_INLINE void depthwise_touch(const depthwise_channels *channels, ptrdiff_t y,
                                   ptrdiff_t touched, ptrdiff_t step, depthwise_series *series) {
  const frugal_depthwise *d = channels->d;
  const ptrdiff_t first = y * d->stride_y + channels->top;
  for (ptrdiff_t q = 0; q < touched; q++) {
    const bool inside = first + q >= 0 && first + q < d->height;
    series->row[q] = inside ? channels->planes + (first + q) * d->width : depthwise_zeros(channels);
    series->row_step[q] = inside ? step : 0;
  }
}

/// Output rows y0 ..< y1 of some channels, by bodies. `last`: those are the last rows to be
/// written.
FRUGAL_INLINE void depthwise_by_bodies(depthwise_rows_function *const *bodies,
                                       const depthwise_channels *channels, ptrdiff_t y0,
                                       ptrdiff_t y1, float *out, bool last) {
  const frugal_depthwise *d = channels->d;
  const ptrdiff_t stride = d->stride_y, n = d->out_width, size = d->kernel_height;
  depthwise_series series = {.weights = channels->weights, .bias = channels->bias, .out = out};
  for (ptrdiff_t y = y0, rows; y < y1; y += rows * series.count) {
    rows = smaller_of(DEPTHWISE_ROWS, y1 - y);
    if (n <= LANES && y1 - y == DEPTHWISE_MOST_ROWS) rows = DEPTHWISE_MOST_ROWS;
    const ptrdiff_t touched = (rows - 1) * stride + size;
    series.count = channels->channels;
    series.last = last && (y1 - y - rows) * n < LANES - 1;
    if (channels->channels == 1) {
      // As many groups as lie inside the map.
      const ptrdiff_t above = y * stride + channels->top, group = DEPTHWISE_ROWS * stride;
      ptrdiff_t groups = 1;
      if (above >= 0 && n >= LANES)
        groups = smaller_of((d->height - above - touched) / group + 1, (y1 - y) / DEPTHWISE_ROWS);
      series.count = larger_of(groups, 1);
      // One of the series, that with most of the rows.
      series.asks = channels->next.map_share > 0 && 2 * rows * series.count > y1 - y0;
      series.weights_step = series.bias_step = 0, series.out_step = rows * n;
      depthwise_touch(channels, y, touched, group * d->width, &series);
      bodies[rows - 1](channels, &series);
      series.out += rows * n * series.count;
    } else {
      series.weights_step = size * size, series.bias_step = channels->bias_step;
      series.out_step = channels->ld;
      depthwise_touch(channels, y, touched, d->channel_stride, &series);
      bodies[rows - 1](channels, &series);
      series.out += rows * n;
      series.count = 1;
    }
  }
}

/// What comes behind output rows y ..< end of y0 ..< y1, where those are cut: more rows of the
/// plane, or the next plane.
FRUGAL_INLINE depthwise_next depthwise_behind(const depthwise_channels *channels, ptrdiff_t y0,
                                              ptrdiff_t y, ptrdiff_t end, ptrdiff_t y1,
                                              const float *out) {
  const frugal_depthwise *d = channels->d;
  const bool ends = end == y1;
  if (channels->channels > 1 || (ends && y == y0)) return (depthwise_next){0};
  const ptrdiff_t first = larger_of((ends ? y0 : end) * d->stride_y + channels->top, 0);
  const ptrdiff_t rows = end - y;
  return (depthwise_next){
      .map = channels->planes + (ends ? d->channel_stride : 0) + first * d->width,
      .out = ends ? out - (y - y0) * d->out_width + channels->ld : out + rows * d->out_width,
      .map_share = rows * d->stride_y * d->width * LANES / d->out_width,
      .out_share = rows * LANES,
  };
}

/// Output rows y0 ..< y1 of some channels under a 3x3 window without a stride, column by column.
FRUGAL_INLINE void depthwise_by_columns(const depthwise_channels *channels, ptrdiff_t y0,
                                        ptrdiff_t y1, float *out) {
  const frugal_depthwise *d = channels->d;
  const ptrdiff_t width = d->width, n = d->out_width, rows = y1 - y0, first = y0 + channels->top;
  const bool clamps = channels->low > -__builtin_inff() || channels->high < __builtin_inff();
  const bool asks = channels->next.map_share > 0;
  depthwise_column column = {
      .width = width,
      .inside = clamped(-first, 0, rows + 2),
      .outside = clamped(d->height - first, 0, rows + 2),
      .low = channels->low,
      .high = channels->high,
      .out_width = n,
      .out_rows = rows,
  };
  for (ptrdiff_t c = 0; c < channels->channels; c++, out += channels->ld) {
    const float *taps = channels->planes + c * d->channel_stride + first * width;
    column.weights = channels->weights + 9 * c;
    column.bias = channels->bias[c * channels->bias_step];
    for (ptrdiff_t x = 0; x < n; x += LANES) {
      // The last vector reaches back. Beyond these columns the masks are zero.
      const ptrdiff_t x0 = smaller_of(x, n - LANES);
      const ptrdiff_t left = clamped(x0 + channels->left, -DEPTHWISE_BESIDE, width);
      if (asks) depthwise_ask(&channels->next, x, 1);
      column.taps = taps + left;
      column.mask = channels->mask + left;
      column.out = out + x0;
      three_by_three_body(clamps, depthwise_edges(3, 1, left, width))(&column);
    }
  }
}

#include "depthwise_any.h"
#include "whole_planes.h"

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(depthwise)(const frugal_depthwise *d,
                                                      const float *weights,
                                                      const frugal_finish *finish, ptrdiff_t c0,
                                                      ptrdiff_t c1, ptrdiff_t y0, ptrdiff_t y1,
                                                      float *dst, ptrdiff_t ld, float *scratch) {
  if (c0 >= c1 || y0 >= y1) return;
  static const float no_bias = -0.0f;  // which changes nothing
  depthwise_rows_function *const *bodies = depthwise_bodies(d);
  depthwise_planes_function *const planes_body = whole_planes_body(d, y0, y1);
  const bool columns = bodies && d->kernel_height == 3 && d->stride_y == 1 && d->out_width >= LANES;
  // Beyond these origins every tap is outside the map; clamped, nothing overflows.
  const ptrdiff_t below = (y1 - 1) * d->stride_y + (d->kernel_height - 1) * d->dilation_y + 1;
  const ptrdiff_t beside =
      (d->out_width - 1) * d->stride_x + (d->kernel_width - 1) * d->dilation_x + 1;
  depthwise_channels channels = {
      .d = d,
      .mask = depthwise_fill_columns(d, scratch),
      .bias_step = finish->bias ? 1 : 0,
      .low = finish->low,
      .high = finish->high,
      .ld = ld,
  };
  // As many rows, then as many channels as stay in the cache.
  const ptrdiff_t row_floats = d->width * d->stride_y + d->out_width;
  ptrdiff_t rows = larger_of(DEPTHWISE_CACHED / row_floats, 1), together = 1;
  if (rows < y1 - y0) {
    if (rows > DEPTHWISE_ROWS) rows -= rows % DEPTHWISE_ROWS;
  } else {
    rows = y1 - y0;
    if (d->origin_stride == 0) together = larger_of(DEPTHWISE_CACHED / (rows * row_floats), 1);
  }
  for (ptrdiff_t c = c0; c < c1; c += together, dst += together * ld) {
    const frugal_tap_origin *origin = d->origins + c * d->origin_stride;
    channels.channels = smaller_of(together, c1 - c);
    channels.planes = d->map + c * d->channel_stride;
    channels.top = clamped(origin->top, -below, d->height);
    channels.left = clamped(origin->left, -beside, d->width);
    channels.weights = weights + c * d->kernel_height * d->kernel_width;
    channels.bias = finish->bias ? finish->bias + c : &no_bias;
    if (planes_body) {
      for (ptrdiff_t x = 0; x < d->width; x += LANES)
        planes_body(&channels, larger_of(smaller_of(x, d->width - LANES), 0), dst);
      continue;
    }
    if (!bodies) {
      depthwise_any(&channels, y0, y1, dst);
      continue;
    }
    for (ptrdiff_t y = y0; y < y1; y += rows) {
      const ptrdiff_t end = smaller_of(y + rows, y1);
      float *out = dst + (y - y0) * d->out_width;
      channels.next = depthwise_behind(&channels, y0, y, end, y1, out);
      if (columns && end - y >= THREE_BY_THREE_ROWS)
        depthwise_by_columns(&channels, y, end, out);
      else
        depthwise_by_bodies(bodies, &channels, y, end, out, end == y1);
    }
  }
}
