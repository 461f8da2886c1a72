// Planes with their borders: what a window reads of a block of channels, copied once for all taps.
#pragma once

#include "../simd/runs.h"

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(border)(const frugal_bordered_planes *b, ptrdiff_t count,
                                                   ptrdiff_t y0, ptrdiff_t y1, float *dst,
                                                   ptrdiff_t ld) {
  const ptrdiff_t width = b->width, pitch = b->pitch, whole = width / LANES * LANES;
  const index_range inside = indices_inside(y0, 1, larger_of(y1 - y0, 0), b->height);
  for (ptrdiff_t c = 0; c < count; c++, dst += ld) {
    float *first = dst + b->margin;
    zero_run(dst, b->margin + inside.start * pitch);
    zero_run(first + inside.end * pitch, (y1 - y0 - inside.end) * pitch);
    const float *row = b->map + c * b->channel_stride + (y0 + inside.start) * width;
    float *out = first + inside.start * pitch;
    for (ptrdiff_t y = inside.start; y < inside.end; y++, row += width, out += pitch) {
      // Whole vectors: the last one brings the zeros behind the row along.
      ptrdiff_t x = 0;
      for (; x < whole; x += LANES) store8(out + x, load8(row + x));
      if (x < pitch) store8(out + x, load_first(row + x, width - x));
      for (x += LANES; x < pitch; x += LANES) store8(out + x, broadcast8(0));
    }
  }
}
