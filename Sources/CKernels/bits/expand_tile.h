// Bits to nibbles: what a window reads of a range of channels, with its borders, a byte per four
// channels that is already the place of the table it picks.
#pragma once

#include "../simd/runs.h"
#include "../simd/bytes.h"

/// `bits` bits from bit `first` on, at most 32; the words behind the last of them are not read.
FRUGAL_INLINE uint32_t bits_from(const uint64_t *words, ptrdiff_t first, ptrdiff_t bits) {
  const ptrdiff_t word = first / 64, shift = first % 64;
  uint64_t found = words[word] >> shift;
  if (shift + bits > 64) found |= words[word + 1] << (64 - shift);
  return (uint32_t)found & (uint32_t)(((uint64_t)1 << bits) - 1);
}

FRUGAL_INLINE void store_word(uint8_t *dst, uint64_t v) {
  typedef uint64_t unaligned_word __attribute__((aligned(1), may_alias));
  *(unaligned_word *)dst = v;
}

/// Pixels outside the map; the bits behind a range are 0 in every pixel.
FRUGAL_INLINE uint8_t *outside_pixels(uint8_t *dst, const frugal_bit_rows *b, ptrdiff_t nibbles,
                                      ptrdiff_t count) {
  const ptrdiff_t last = 4 * nibbles - b->bits;
  for (ptrdiff_t x = 0; x < count; x++) {
    for (ptrdiff_t n = 1; n < nibbles; n++) *dst++ = b->outside ? 4 * 15 : 0;
    *dst++ = b->outside ? 4 * (15 >> last) : 0;
  }
  return dst;
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(expand_bits)(const frugal_bit_rows *b, ptrdiff_t y0,
                                                        ptrdiff_t y1, uint8_t *dst) {
  const ptrdiff_t nibbles = frugal_nibbles(b->bits), pitch = b->left + b->width + b->right;
  const ptrdiff_t whole = b->first_bit % 64 == 0 ? b->bits / 64 * 64 : 0;
  for (ptrdiff_t y = y0; y < y1; y++) {
    if (y < 0 || y >= b->height) {
      dst = outside_pixels(dst, b, nibbles, pitch);
      continue;
    }
    dst = outside_pixels(dst, b, nibbles, b->left);
    const uint64_t *pixel = b->words + y * b->width * b->pixel_words;
    for (ptrdiff_t x = 0; x < b->width; x++, pixel += b->pixel_words, dst += nibbles) {
      // Eight bytes at a time: those behind a pixel are the next one's, which is written later.
      const uint64_t *words = pixel + b->first_bit / 64;
      ptrdiff_t bit = 0;
      for (; bit < whole; bit += 64, words++) {
        store_word(dst + bit / 4, spread_nibbles((uint32_t)*words));
        store_word(dst + bit / 4 + 8, spread_nibbles((uint32_t)(*words >> 32)));
      }
      for (; bit < b->bits; bit += 32) {
        const ptrdiff_t left = smaller_of(32, b->bits - bit);
        store_word(dst + bit / 4, spread_nibbles(bits_from(pixel, b->first_bit + bit, left)));
      }
    }
    dst = outside_pixels(dst, b, nibbles, b->right);
  }
}
