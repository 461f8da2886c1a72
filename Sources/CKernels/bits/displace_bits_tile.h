// A shift of a bit map: every output pixel is joined from masked words of the pixels around it, so
// that the product reads it like any pixel, whatever the displacements and the order of channels.
//
// Measured on Zen 3: deciding for each displacement which pixels lie outside took three times as
// long as borders do.
#pragma once

#include "../simd/bytes.h"
#include "../simd/runs.h"

/// Pixels of a mask.
enum { MASK_PIXELS = 4 };

FRUGAL_INLINE uint64_t *fill_words(uint64_t *dst, ptrdiff_t count, uint64_t value) {
  for (ptrdiff_t i = 0; i < count; i++) dst[i] = value;
  return dst + count;
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(border_bits)(const frugal_bit_rows *b, ptrdiff_t y0,
                                                        ptrdiff_t y1, uint64_t *dst) {
  const uint64_t outside = b->outside ? ~(uint64_t)0 : 0;
  const ptrdiff_t words = b->pixel_words, row = b->width * words;
  for (ptrdiff_t y = y0; y < y1; y++) {
    dst = fill_words(dst, b->left * words, outside);
    if (y < 0 || y >= b->height) {
      dst = fill_words(dst, row, outside);
    } else {
      const uint64_t *src = b->words + y * row;
      for (ptrdiff_t i = 0; i < row; i++) dst[i] = src[i];
      dst += row;
    }
    dst = fill_words(dst, b->right * words, outside);
  }
}

/// `width` words of `vectors` times four neighbouring pixels, from word j of the masks on.
#define JOIN_WORDS(width)                                                                 \
  FRUGAL_INLINE void join_words##width(const int vectors, const frugal_bit_displacing *d, \
                                       const uint64_t *src, uint64_t *dst, ptrdiff_t j) { \
    const ptrdiff_t words = MASK_PIXELS * d->pixel_words;                                 \
    words##width joined[4];                                                               \
    UNROLLED (v, vectors) joined[v] = (words##width)(0);                                  \
    const uint64_t *mask = d->masks + j;                                                  \
    _Pragma("clang loop unroll(disable)") for (ptrdiff_t k = 0; k < d->count;             \
                                               k++, mask += words) {                      \
      const uint64_t *pixels = src + d->offsets[k] + j;                                   \
      const words##width bits = load_words##width(mask);                                  \
      UNROLLED (v, vectors) joined[v] |= load_words##width(pixels + v * words) & bits;    \
    }                                                                                     \
    UNROLLED (v, vectors) store_words##width(dst + v * words + j, joined[v]);             \
  }
JOIN_WORDS(4)
JOIN_WORDS(8)
#undef JOIN_WORDS

/// `vectors` times four neighbouring pixels.
FRUGAL_INLINE void join_pixels(const int vectors, const frugal_bit_displacing *d,
                               const uint64_t *src, uint64_t *dst) {
  const ptrdiff_t words = MASK_PIXELS * d->pixel_words;
  ptrdiff_t j = 0;
  for (; j + 8 <= words; j += 8) join_words8(vectors, d, src, dst, j);
  for (; j < words; j += 4) join_words4(vectors, d, src, dst, j);
}

/// A row of pixels of one word, from at most three places, four pixels at a time; the masks stay in
/// registers. Returns how many were joined.
FRUGAL_INLINE ptrdiff_t join_three(const frugal_bit_displacing *d, const uint64_t *src,
                                   uint64_t *dst) {
  words4 masks[3];
  const uint64_t *places[3];
  UNROLLED (k, 3) {
    masks[k] = k < d->count ? load_words4(d->masks + k * MASK_PIXELS) : (words4)(0);
    places[k] = src + d->offsets[k < d->count ? k : 0];
  }
  ptrdiff_t x = 0;
  for (; x + MASK_PIXELS <= d->width; x += MASK_PIXELS)
    store_words4(dst + x, (load_words4(places[0] + x) & masks[0]) |
                              (load_words4(places[1] + x) & masks[1]) |
                              (load_words4(places[2] + x) & masks[2]));
  return x;
}

FRUGAL_INLINE void join_pixel(const frugal_bit_displacing *d, const uint64_t *src, uint64_t *dst) {
  const ptrdiff_t words = d->pixel_words;
  for (ptrdiff_t w = 0; w < words; w++) {
    uint64_t joined = 0;
    for (ptrdiff_t k = 0; k < d->count; k++)
      joined |= src[d->offsets[k] + w] & d->masks[k * MASK_PIXELS * words + w];
    dst[w] = joined;
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(displace_bits)(const frugal_bit_displacing *d,
                                                          const uint64_t *src, uint64_t *dst) {
  const ptrdiff_t words = d->pixel_words, n = d->width;
  for (ptrdiff_t y = 0; y < d->height; y++, src += d->row_step, dst += n * words) {
    ptrdiff_t x = 0;
    if (words == 1 && d->pixel_step == 1 && d->count <= 3) {
      x = join_three(d, src, dst);
    } else if (d->pixel_step == words && n >= MASK_PIXELS) {
      for (; x + 4 * MASK_PIXELS <= n; x += 4 * MASK_PIXELS)
        join_pixels(4, d, src + x * words, dst + x * words);
      for (; x + 2 * MASK_PIXELS <= n; x += 2 * MASK_PIXELS)
        join_pixels(2, d, src + x * words, dst + x * words);
      // The last ones overlap those before them.
      for (; x < n; x += MASK_PIXELS) {
        const ptrdiff_t first = smaller_of(x, n - MASK_PIXELS) * words;
        join_pixels(1, d, src + first, dst + first);
      }
    }
    for (; x < n; x++) join_pixel(d, src + x * d->pixel_step, dst + x * words);
  }
}
