// Bit maps as they are: channels in another order, pooled windows.
#pragma once

#include "../simd/bytes.h"
#include "../simd/runs.h"

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(gather_bits)(const uint64_t *src, ptrdiff_t src_words,
                                                        ptrdiff_t count,
                                                        const frugal_bit_move *moves,
                                                        ptrdiff_t move_count, uint64_t *dst,
                                                        ptrdiff_t dst_words) {
  for (ptrdiff_t x = 0; x < count; x++, src += src_words, dst += dst_words) {
    for (ptrdiff_t word = 0; word < dst_words; word++) dst[word] = 0;
    for (ptrdiff_t m = 0; m < move_count; m++) {
      const uint64_t bits = extracted_bits(src[moves[m].word], moves[m].mask);
      const ptrdiff_t word = moves[m].place / 64, shift = moves[m].place % 64;
      dst[word] |= bits << shift;
      if (shift + __builtin_popcountll(moves[m].mask) > 64) dst[word + 1] |= bits >> (64 - shift);
    }
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(pool_bits)(const frugal_depthwise *d,
                                                      const uint64_t *map, ptrdiff_t pixel_words,
                                                      const uint64_t *inversions, ptrdiff_t y0,
                                                      ptrdiff_t y1, uint64_t *dst) {
  // Far outside, origins are clamped: no tap is inside, and nothing overflows.
  const ptrdiff_t reach_y = (d->kernel_height - 1) * d->dilation_y;
  const ptrdiff_t reach_x = (d->kernel_width - 1) * d->dilation_x;
  for (ptrdiff_t y = y0; y < y1; y++) {
    const ptrdiff_t row = clamped(y * d->stride_y + d->origins->top, -reach_y - 1, d->height);
    const index_range rows = indices_inside(row, d->dilation_y, d->kernel_height, d->height);
    for (ptrdiff_t x = 0; x < d->out_width; x++, dst += pixel_words) {
      const ptrdiff_t column = clamped(x * d->stride_x + d->origins->left, -reach_x - 1, d->width);
      const index_range columns = indices_inside(column, d->dilation_x, d->kernel_width, d->width);
      for (ptrdiff_t w = 0; w < pixel_words; w++) {
        uint64_t joined = 0;
        for (ptrdiff_t i = rows.start; i < rows.end; i++) {
          const uint64_t *pixel = map + (row + i * d->dilation_y) * d->width * pixel_words + w;
          for (ptrdiff_t j = columns.start; j < columns.end; j++)
            joined |= pixel[(column + j * d->dilation_x) * pixel_words];
        }
        dst[w] = joined ^ inversions[w];
      }
    }
  }
}
