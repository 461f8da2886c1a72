// Whole planes of few rows, the last maps of most networks, under windows that are centred on their
// pixels: a vector of columns at a time, a sum for each row. The number of rows is a constant, so
// that a row of the map is loaded once for all sums it goes into, and taps above and below the map
// are left out. The sums are those of other bodies to the bit, as long as weights are finite, but
// for the sign of zero.
//
// Measured on Zen 3, in turns, against tiles of four (at 7x7 and 7x8 seven) rows: 3x3, 5x5 and 7x7
// windows at 4x4 in 0.45 to 0.71 of the time, at 5x5 and 6x6 0.33 to 0.53, at 7x7 0.65 to 0.96, at
// 8x8 0.51 to 0.69, at 9x9 and 10x10 0.61 to 0.93, 5 to 10 rows of 12 and 28 columns 0.56 to 1.05,
// of 56 and 112 0.63 to 0.83; eleven and twelve rows took 0.84 to 1.0. Maps of 14x14 to 56x56 by
// sevens of rows take 1.0 to 1.4 of the time.
#pragma once

#include "columns.h"

enum {
  /// Rows and columns from which on there are such bodies: a row of half a vector or more spills
  /// into the next row only.
  WHOLE_PLANES_FEWEST = LANES / 2,
  /// Rows up to which there are, whose sums and a column of weights nearly fit the registers.
  /// Bodies for more are empty and never called.
  WHOLE_PLANES_MOST = VECTOR_REGISTERS >= 16 ? 10 : 7,
};

/// Columns x ..< x + 8 of the planes of some channels, or, where rows are shorter, all of them;
/// sums go down the columns of taps, as in other bodies.
FRUGAL_INLINE void whole_planes(const int size, const int rows, const ptrdiff_t width,
                                const depthwise_channels *channels, ptrdiff_t x, float *out) {
  const int beside = size / 2;
  const ptrdiff_t channel_stride = channels->d->channel_stride, bias_step = channels->bias_step;
  const ptrdiff_t ld = channels->ld, second = smaller_of(width, LANES) - 4;
  const vector8 low = broadcast8(channels->low), high = broadcast8(channels->high);
  const float *taps = channels->planes + x - beside, *mask = channels->mask + x - beside;
  const float *weights = channels->weights, *bias = channels->bias;
  out += x;
  for (ptrdiff_t c = 0; c < channels->channels; c++) {
    vector8 sum[WHOLE_PLANES_MOST];
    UNROLLED (r, rows) sum[r] = broadcast8(*bias);
    UNROLLED (j, size) {
      vector8 weight[7];
      UNROLLED (i, size) weight[i] = broadcast8(weights[i * size + j]);
      UNROLLED (q, rows) {
        const vector8 row = depthwise_load(true, taps + q * width + j, mask + j);
        UNROLLED (r, rows) {
          const int i = q - r + beside;
          if (i >= 0 && i < size) sum[r] = multiply_add(row, weight[i], sum[r]);
        }
      }
    }
    UNROLLED (r, rows) sum[r] = at_most(at_least(sum[r], low), high);
    // A short row spills into the next one, which is written after it; the last one is two halves.
    UNROLLED (r, rows - 1) store8(out + r * width, sum[r]);
    float *last = out + (rows - 1) * width;
    store4(last, sum[rows - 1].lo), store4(last + second, four_from(sum[rows - 1], second));
    taps += channel_stride, weights += size * size, bias += bias_step, out += ld;
  }
}

typedef void depthwise_planes_function(const depthwise_channels *channels, ptrdiff_t x, float *out);

#define WHOLE_PLANES_BODY(name, size, rows, width, column)                                  \
  static FRUGAL_NO_LIBRARY_CALLS void name(const depthwise_channels *channels, ptrdiff_t x, \
                                           float *out) {                                    \
    if (rows <= WHOLE_PLANES_MOST) whole_planes(size, rows, width, channels, column, out);  \
  }
#define WHOLE_PLANES_ROWS(size, rows) \
  WHOLE_PLANES_BODY(whole_planes_##size##_##rows, size, rows, channels->d->width, x)
// Most networks end in 7x7. With a constant width, too, 0.88 to 0.97 of the time.
#define WHOLE_PLANES_BODIES(size)                             \
  WHOLE_PLANES_BODY(whole_planes_##size##_7x7, size, 7, 7, 0) \
  WHOLE_PLANES_ROWS(size, 4)                                  \
  WHOLE_PLANES_ROWS(size, 5)                                  \
  WHOLE_PLANES_ROWS(size, 6)                                  \
  WHOLE_PLANES_ROWS(size, 7)                                  \
  WHOLE_PLANES_ROWS(size, 8)                                  \
  WHOLE_PLANES_ROWS(size, 9)                                  \
  WHOLE_PLANES_ROWS(size, 10)
WHOLE_PLANES_BODIES(3)
WHOLE_PLANES_BODIES(5)
WHOLE_PLANES_BODIES(7)
#undef WHOLE_PLANES_BODIES
#undef WHOLE_PLANES_ROWS
#undef WHOLE_PLANES_BODY

/// The body for output rows y0 ..< y1, or null where there is none for them.
FRUGAL_INLINE depthwise_planes_function *whole_planes_body(const frugal_depthwise *d, ptrdiff_t y0,
                                                           ptrdiff_t y1) {
#define WHOLE_PLANES_BODIES(size)                                               \
  {whole_planes_##size##_7x7, whole_planes_##size##_4, whole_planes_##size##_5, \
   whole_planes_##size##_6,   whole_planes_##size##_7, whole_planes_##size##_8, \
   whole_planes_##size##_9,   whole_planes_##size##_10}
  static depthwise_planes_function *const bodies[8][8] = {
      [3] = WHOLE_PLANES_BODIES(3), [5] = WHOLE_PLANES_BODIES(5), [7] = WHOLE_PLANES_BODIES(7)};
#undef WHOLE_PLANES_BODIES
  const ptrdiff_t size = d->kernel_height, rows = d->height, width = d->width;
  const bool is_plane = y0 == 0 && y1 == rows && d->out_width == width;
  // Four rows of more columns than a vector took 1.0 to 1.18 of the time with 3x3 and 5x5. Without
  // an instruction for masked loads (portable), which tiles need for outer columns only, rows of a
  // vector took up to 1.25 with 3x3, longer ones up to 2.5.
  const ptrdiff_t fewest = WHOLE_PLANES_FEWEST + (width > LANES);
  const bool has_body = rows >= fewest && rows <= WHOLE_PLANES_MOST &&
                        width >= WHOLE_PLANES_FEWEST && (VECTOR_REGISTERS >= 16 || width < LANES);
  const bool is_dense = d->kernel_width == size && d->stride_y == 1 && d->stride_x == 1 &&
                        d->dilation_y == 1 && d->dilation_x == 1;
  const bool is_centred =
      d->origin_stride == 0 && d->origins->top == -(size / 2) && d->origins->left == -(size / 2);
  if (!is_plane || !has_body || !is_dense || !is_centred || size > 7) return 0;
  return bodies[size][rows == 7 && width == 7 ? 0 : rows - WHOLE_PLANES_FEWEST + 1];
}
