// Whole planes of 7x7, the last maps of most networks, under windows that are centred on their
// pixels: everything is known but the numbers. Seven sums stay in registers, every row of the map
// stands at a constant distance, and taps above and below the map are left out. The sums are those
// of other bodies to the bit, as long as weights are finite, but for the sign of zero. Measured on
// Zen 3 against tiles of seven rows: 0.65 to 0.73 of the time with 3x3, 0.69 to 0.73 with 5x5, 0.70
// to 0.96 with 7x7, whose weights and masks go through memory. Maps of 14x14 to 56x56 by sevens of
// rows take 1.0 to 1.4 of the time, of 112x112 0.93.
#pragma once

#include "columns.h"

enum { SEVEN = 7 };

/// Planes of some channels; sums go down the columns of taps, as in other bodies.
FRUGAL_INLINE void seven_by_seven(const int size, const depthwise_channels *channels, float *out) {
  const int beside = size / 2;
  const ptrdiff_t channel_stride = channels->d->channel_stride, bias_step = channels->bias_step;
  const ptrdiff_t ld = channels->ld;
  const vector8 low = broadcast8(channels->low), high = broadcast8(channels->high);
  const float *taps = channels->planes - beside, *mask = channels->mask - beside;
  const float *weights = channels->weights, *bias = channels->bias;
  for (ptrdiff_t c = 0; c < channels->channels; c++) {
    vector8 sum[SEVEN];
    UNROLLED (r, SEVEN) sum[r] = broadcast8(*bias);
    UNROLLED (j, size) {
      vector8 weight[7];
      UNROLLED (i, size) weight[i] = broadcast8(weights[i * size + j]);
      UNROLLED (q, SEVEN) {
        const vector8 row = depthwise_load(true, taps + q * SEVEN + j, mask + j);
        UNROLLED (r, SEVEN) {
          const int i = q - r + beside;
          if (i >= 0 && i < size) sum[r] = multiply_add(row, weight[i], sum[r]);
        }
      }
    }
    UNROLLED (r, SEVEN) sum[r] = at_most(at_least(sum[r], low), high);
    // A row spills into the next one, which is written after it; the last one is two halves.
    UNROLLED (r, SEVEN - 1) store8(out + r * SEVEN, sum[r]);
    const vector8 last = sum[SEVEN - 1];
    store4(out + (SEVEN - 1) * SEVEN, __builtin_shufflevector(last, last, 0, 1, 2, 3));
    store4(out + (SEVEN - 1) * SEVEN + 3, __builtin_shufflevector(last, last, 3, 4, 5, 6));
    taps += channel_stride, weights += size * size, bias += bias_step, out += ld;
  }
}

typedef void depthwise_planes_function(const depthwise_channels *channels, float *out);

#define SEVEN_BY_SEVEN_BODY(size)                                                     \
  static void seven_by_seven_##size(const depthwise_channels *channels, float *out) { \
    seven_by_seven(size, channels, out);                                              \
  }
SEVEN_BY_SEVEN_BODY(3)
SEVEN_BY_SEVEN_BODY(5)
SEVEN_BY_SEVEN_BODY(7)
#undef SEVEN_BY_SEVEN_BODY

/// The body for output rows y0 ..< y1, or null where there is none for them.
FRUGAL_INLINE depthwise_planes_function *seven_by_seven_body(const frugal_depthwise *d,
                                                             ptrdiff_t y0, ptrdiff_t y1) {
  static depthwise_planes_function *const bodies[8] = {
      [3] = seven_by_seven_3, [5] = seven_by_seven_5, [7] = seven_by_seven_7};
  const ptrdiff_t size = d->kernel_height;
  const bool is_plane =
      d->height == SEVEN && d->width == SEVEN && d->out_width == SEVEN && y0 == 0 && y1 == SEVEN;
  const bool is_dense = d->kernel_width == size && d->stride_y == 1 && d->stride_x == 1 &&
                        d->dilation_y == 1 && d->dilation_x == 1;
  const bool is_centred =
      d->origin_stride == 0 && d->origins->top == -(size / 2) && d->origins->left == -(size / 2);
  return is_plane && is_dense && is_centred && size <= 7 ? bodies[size] : 0;
}
