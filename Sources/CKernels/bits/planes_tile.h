// Words of pixels to planes of nibbles, and planes of bytes to words: transposed, 32 pixels × 8
// bytes at a time. In registers the words of pixels 2*i and 2*i + 1 are the lower half of vector i,
// and those sixteen pixels further the upper half.
#pragma once

#include "../simd/bytes.h"
#include "../simd/runs.h"

enum { PLANE_PIXELS = 32 };

/// One word of 32 pixels; of the last one those behind the n-th.
FRUGAL_INLINE void load_pixels(const uint64_t *words, ptrdiff_t pixel_words, ptrdiff_t n,
                               bytes32 v[8]) {
  if (n >= PLANE_PIXELS && pixel_words > 1) {
    UNROLLED (i, 8) {
      const uint64_t *low = words + 2 * i * pixel_words, *high = low + 16 * pixel_words;
      const words4 pixels = {low[0], low[pixel_words], high[0], high[pixel_words]};
      v[i] = __builtin_bit_cast(bytes32, pixels);
    }
  } else if (n >= PLANE_PIXELS) {
    UNROLLED (i, 4) {
      words4 low = load_words4(words + 4 * i), high = load_words4(words + 16 + 4 * i);
      exchange_halves(&low, &high);
      v[2 * i] = __builtin_bit_cast(bytes32, low);
      v[2 * i + 1] = __builtin_bit_cast(bytes32, high);
    }
  } else {
    const ptrdiff_t last = (smaller_of(n, PLANE_PIXELS) - 1) * pixel_words;
    UNROLLED (i, 8) {
      const ptrdiff_t place = 2 * i * pixel_words, further = place + 16 * pixel_words;
      const words4 pixels = {
          words[smaller_of(place, last)], words[smaller_of(place + pixel_words, last)],
          words[smaller_of(further, last)], words[smaller_of(further + pixel_words, last)]};
      v[i] = __builtin_bit_cast(bytes32, pixels);
    }
  }
}

/// The lanes of pixels before the n-th.
FRUGAL_INLINE bytes32 first_pixels(ptrdiff_t n) {
  const bytes32 pixel = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                         16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  return (bytes32)(pixel < (bytes32)((uint8_t)smaller_of(n, PLANE_PIXELS)));
}

/// The eight bytes of a word of 32 pixels.
FRUGAL_INLINE void load_bytes(const frugal_nibble_planes *p, ptrdiff_t pixel, ptrdiff_t word,
                              bytes32 bytes[8]) {
  bytes32 v[8];
  load_pixels(p->words + pixel * p->pixel_words + word, p->pixel_words,
              p->height * p->width - pixel, v);
  interleave_pairs(v, 4), interleave_pairs(v, 2), interleave_pairs(v, 1), interleave_pairs(v, 4);
  UNROLLED (byte, 8) bytes[byte] = v[byte % 2 * 4 + byte / 2];
}

/// Stores 16 nibbles of 32 pixels, or the first of them, those from pixel n on as outside.
FRUGAL_INLINE void store_nibbles(const bytes32 v[8], const frugal_nibble_planes *p,
                                 ptrdiff_t nibbles, ptrdiff_t n, uint8_t *dst) {
  const bytes32 inside = first_pixels(n);
  const bytes32 outside = (bytes32)(p->outside) & ~inside, nibble = (bytes32)(15) & inside;
  UNROLLED (byte, 8) {
    const bytes32 bytes = v[byte];
    if (2 * byte < nibbles) store_bytes32(dst, (bytes & nibble) | outside);
    dst += p->plane_stride;
    if (2 * byte + 1 < nibbles) store_bytes32(dst, (bytes >> 4 & nibble) | outside);
    dst += p->plane_stride;
  }
}

/// `count` pixels outside of the first planes, and up to 31 more.
FRUGAL_INLINE void store_outside(const frugal_nibble_planes *p, ptrdiff_t nibbles, ptrdiff_t count,
                                 uint8_t *dst) {
  for (ptrdiff_t n = 0; n < nibbles; n++, dst += p->plane_stride)
    for (ptrdiff_t x = 0; x < count; x += PLANE_PIXELS)
      store_bytes32(dst + x, (bytes32)(p->outside));
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(split_nibbles)(const frugal_nibble_planes *p,
                                                          ptrdiff_t y0, ptrdiff_t y1,
                                                          uint8_t *dst) {
  const ptrdiff_t pitch = p->left + p->width + p->right;
  for (ptrdiff_t word = 0; word * 16 < p->nibbles; word++) {
    const ptrdiff_t nibbles = smaller_of(16, p->nibbles - word * 16);
    uint8_t *row = dst + word * 16 * p->plane_stride;
    store_outside(p, nibbles, p->left, row);
    row += p->left;
    // Each row ends with its right border and the next one's left one.
    for (ptrdiff_t y = y0; y < y1; y++, row += pitch) {
      const ptrdiff_t width = y < 0 || y >= p->height ? 0 : p->width;
      ptrdiff_t x = 0;
      for (; x < width; x += PLANE_PIXELS) {
        bytes32 bytes[8];
        load_bytes(p, y * p->width + x, word, bytes);
        store_nibbles(bytes, p, nibbles, width - x, row + x);
      }
      store_outside(p, nibbles, pitch - x, row + x);
    }
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(join_planes)(const frugal_byte_planes *p, uint64_t *dst,
                                                        ptrdiff_t pixel_words) {
  for (ptrdiff_t word = 0; word < pixel_words; word++) {
    const uint8_t *planes = p->planes + 8 * word * p->plane_stride;
    uint64_t *out = dst + word;
    for (ptrdiff_t y = 0; y < p->height; y++, planes += p->pitch) {
      for (ptrdiff_t x = 0; x < p->width; x += PLANE_PIXELS) {
        bytes32 v[8];
        UNROLLED (byte, 8)
          v[byte] = 8 * word + byte < p->count ? load_bytes32(planes + byte * p->plane_stride + x)
                                               : (bytes32)(0);
        interleave_pairs(v, 4), interleave_pairs(v, 2), interleave_pairs(v, 1);
        // What is stored behind the row, its next row overwrites.
        const bool is_whole = pixel_words == 1 && PLANE_PIXELS <= p->width * (p->height - y) - x;
        uint64_t words[PLANE_PIXELS];
        uint64_t *pixels = is_whole ? out : words;
        UNROLLED (i, 4) {
          words4 low = __builtin_bit_cast(words4, v[2 * i]);
          words4 high = __builtin_bit_cast(words4, v[2 * i + 1]);
          exchange_halves(&low, &high);
          store_words4(pixels + 4 * i, low ^ (words4)(p->inversions[word]));
          store_words4(pixels + 16 + 4 * i, high ^ (words4)(p->inversions[word]));
        }
        const ptrdiff_t n = smaller_of(PLANE_PIXELS, p->width - x);
        if (is_whole)
          out += n;
        else
          for (ptrdiff_t i = 0; i < n; i++, out += pixel_words) *out = words[i];
      }
    }
  }
}
