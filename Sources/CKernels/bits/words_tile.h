// Products of one-bit numbers by counting ones in whole words: for few pixels, where the weights
// are read once and half as many bytes of them count more than the speed of the product.
#pragma once

#include "counts.h"

/// Bytes of ones that can be added up before a byte overflows.
enum { ONES_STEPS = 31, ONES_FILTERS = 32 };

/// How many ones are in `a` XOR `b`, or AND.
FRUGAL_INLINE int32_t count_ones(const bool is_and, const uint64_t *a, const uint64_t *b,
                                 ptrdiff_t words) {
  uint64_t count = 0;
  ptrdiff_t k = 0;
  while (k + 4 <= words) {
    const ptrdiff_t end = smaller_of(words / 4 * 4, k + 4 * ONES_STEPS);
    bytes32 ones = (bytes32)(0);
    for (; k < end; k += 4) {
      const bytes32 left = load_bytes32((const uint8_t *)(a + k));
      const bytes32 right = load_bytes32((const uint8_t *)(b + k));
      ones += ones_of_bytes(is_and ? left & right : left ^ right);
    }
    count += sum_of_bytes(ones);
  }
  for (; k < words; k++)
    count += (uint64_t)__builtin_popcountll(is_and ? a[k] & b[k] : a[k] ^ b[k]);
  return (int32_t)count;
}

/// The sums of up to 32 filters for one pixel.
FRUGAL_INLINE void finish_ones(const frugal_count_finish *f, const int32_t *sums, ptrdiff_t filter,
                               ptrdiff_t filters, ptrdiff_t pixel) {
  if (f->kind == FRUGAL_SUMS_BITS) {
    uint32_t bits = 0;
    for (ptrdiff_t i = 0; i < filters; i++)
      bits |= (uint32_t)(sums[i] >= f->thresholds[filter + i]) << i;
    bits ^= f->inversions[filter / 32];
    put_bits(f->words + pixel * f->pixel_words, f->first_bit + filter, bits, filters);
    return;
  }
  for (ptrdiff_t i = 0; i < filters; i++) {
    const ptrdiff_t place = (filter + i) * f->plane_stride + pixel;
    if (f->kind == FRUGAL_SUMS_FLOAT)
      ((float *)f->out)[place] = (float)sums[i] * f->scale[filter + i] + f->bias[filter + i];
    else if (f->kind == FRUGAL_SUMS_INT16)
      ((int16_t *)f->out)[place] = (int16_t)sums[i];
    else
      ((int32_t *)f->out)[place] = sums[i] + (f->accumulates ? ((int32_t *)f->out)[place] : 0);
  }
}

FRUGAL_INLINE void multiply_words(const bool is_and, const frugal_word_product *p,
                                  const frugal_count_finish *f) {
  for (ptrdiff_t filter = 0; filter < p->filters; filter += ONES_FILTERS) {
    const ptrdiff_t filters = smaller_of(ONES_FILTERS, p->filters - filter);
    for (ptrdiff_t x = 0; x < p->count; x++) {
      const uint64_t *pixel = p->pixels + x * p->pixel_words;
      int32_t offset = f->offset, sums[ONES_FILTERS];
      if (p->ones) offset += p->ones * count_ones(true, pixel, pixel, p->words);
      for (ptrdiff_t i = 0; i < filters; i++) {
        const uint64_t *weights = p->weights + (filter + i) * p->words;
        sums[i] = offset + f->factor * count_ones(is_and, pixel, weights, p->words);
      }
      finish_ones(f, sums, filter, filters, x);
    }
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(multiply_words)(const frugal_word_product *p,
                                                           const frugal_count_finish *f) {
  if (p->is_and)
    multiply_words(true, p, f);
  else
    multiply_words(false, p, f);
}
