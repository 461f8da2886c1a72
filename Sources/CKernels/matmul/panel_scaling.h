// Packed weights times one factor per input channel: how squeeze-excite's gates reach the product
// that reads the gated map, where that is less work than scaling the map.
#pragma once

#include "../simd/vector.h"

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(scale_panels)(const float *weights, ptrdiff_t depth,
                                                         ptrdiff_t outputs, const float *scales,
                                                         ptrdiff_t taps, ptrdiff_t scale_stride,
                                                         float *scaled) {
  for (ptrdiff_t left = outputs; left > 0;) {
    const ptrdiff_t width = frugal_panel_rows(left);
    for (ptrdiff_t k = 0; k < depth; k += taps, scales += scale_stride) {
      const vector8 scale = broadcast8(*scales);
      // A whole vector for a panel's few outputs: what it writes too much, the next row replaces.
      for (ptrdiff_t tap = 0; tap < taps; tap++, weights += width, scaled += width)
        store8(scaled, load8(weights) * scale);
    }
    scales -= depth / taps * scale_stride;
    left -= width;
  }
}
