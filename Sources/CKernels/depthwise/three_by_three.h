// 3x3 windows, the most frequent ones, down a map: one vector of columns at a time, so that each
// row of the map is loaded once for the three output rows it touches and the nine weights stay in
// registers.
//
// The taps of a row are summed by themselves before they join the sum of the rows above: one chain
// of nine multiply-adds would keep the rows below waiting. Measured on Zen 3 against tiles of four
// rows by two vectors: 112x112 to 14x14 in 0.75 to 0.86 of their time, with a clamp in 0.87 to
// 1.05; strips of eight rows in 1.1 to 1.2, since a row at either end serves one output row.
#pragma once

#include "columns.h"

enum {
  /// Output rows from which on this is the faster way.
  THREE_BY_THREE_ROWS = 14,
};

/// A vector of columns of one channel, and what becomes of it.
typedef struct {
  const float *taps;  ///< tap (0, 0) of the first output row; rows outside the map are not read
  const float *mask;  ///< of that column: `columns.h`
  ptrdiff_t width;    ///< of the map
  ptrdiff_t inside;   ///< the first row of taps inside the map, counted from `taps`
  ptrdiff_t outside;  ///< the first one behind it
  const float *weights;
  float bias, low, high;
  float *out;
  ptrdiff_t out_width;
  ptrdiff_t out_rows;
} depthwise_column;

typedef void depthwise_column_function(const depthwise_column *column);

FRUGAL_INLINE vector8 weigh_from(vector8 sum, const vector8 taps[3], const vector8 weights[3]) {
  UNROLLED (j, 3) sum = multiply_add(taps[j], weights[j], sum);
  return sum;
}

FRUGAL_INLINE vector8 weigh(const vector8 taps[3], const vector8 weights[3]) {
  return multiply_add(taps[2], weights[2], multiply_add(taps[1], weights[1], taps[0] * weights[0]));
}

/// `masked`: a bit for each tap column that may lie beside the map.
FRUGAL_INLINE void three_by_three(bool clamps, unsigned masked, const depthwise_column *column) {
  vector8 weights[3][3];
  UNROLLED (i, 3)
    UNROLLED (j, 3) weights[i][j] = broadcast8(column->weights[i * 3 + j]);
  const vector8 bias = broadcast8(column->bias);
  const vector8 low = broadcast8(column->low), high = broadcast8(column->high);
  const float *taps = column->taps, *mask = column->mask;
  const ptrdiff_t width = column->width, out_width = column->out_width;
  const ptrdiff_t inside = column->inside, outside = column->outside;
  float *out = column->out;
#define LOAD_TAPS() \
  vector8 row[3];   \
  UNROLLED (j, 3) row[j] = depthwise_load(masked >> j & 1, taps + t * width + j, mask + j)
#define STORE(sum)                                                       \
  do {                                                                   \
    const vector8 result = sum;                                          \
    store8(out, clamps ? at_most(at_least(result, low), high) : result); \
    out += out_width;                                                    \
  } while (0)

  // What is summed of the output rows that began with the row of taps before the last one, and
  // with the last one. Output row y is complete with row of taps y + 2.
  vector8 older = bias, newer = bias;
  ptrdiff_t t = 0;
  for (; t < inside; t++) {
    if (t >= 2) STORE(bias);
  }
  for (; t < outside && t < 2; t++) {
    LOAD_TAPS();
    older = newer + weigh(row, weights[1]);
    newer = weigh_from(bias, row, weights[0]);
  }
  for (; t < outside; t++) {
    LOAD_TAPS();
    STORE(older + weigh(row, weights[2]));
    older = newer + weigh(row, weights[1]);
    newer = weigh_from(bias, row, weights[0]);
  }
  for (; t < column->out_rows + 2; t++) {
    if (t >= 2) STORE(older);
    older = newer, newer = bias;
  }
#undef LOAD_TAPS
#undef STORE
}

#define THREE_BY_THREE_BODY(clamps, masked)                               \
  static FRUGAL_NO_LIBRARY_CALLS void three_by_three_##clamps##_##masked( \
      const depthwise_column *column) {                                   \
    three_by_three(clamps, masked, column);                               \
  }
// clang-format off
THREE_BY_THREE_BODY(0, 0) THREE_BY_THREE_BODY(0, 1) THREE_BY_THREE_BODY(0, 4) THREE_BY_THREE_BODY(0, 7)
THREE_BY_THREE_BODY(1, 0) THREE_BY_THREE_BODY(1, 1) THREE_BY_THREE_BODY(1, 4) THREE_BY_THREE_BODY(1, 7)
// clang-format on
#undef THREE_BY_THREE_BODY

    /// The body that masks the tap columns whose bit is set; more of them, where none is made for
    /// just these.
    FRUGAL_INLINE depthwise_column_function *three_by_three_body(bool clamps, unsigned masked) {
#define THREE_BY_THREE_BODIES(clamps)                                                     \
  {three_by_three_##clamps##_0, three_by_three_##clamps##_1, three_by_three_##clamps##_7, \
   three_by_three_##clamps##_7, three_by_three_##clamps##_4, three_by_three_##clamps##_7, \
   three_by_three_##clamps##_7, three_by_three_##clamps##_7}
  static depthwise_column_function *const bodies[2][8] = {THREE_BY_THREE_BODIES(0),
                                                          THREE_BY_THREE_BODIES(1)};
#undef THREE_BY_THREE_BODIES
  return bodies[clamps][masked & 7];
}
