// Planes to bits along channels: pixels stand in the lanes, and each channel shifts one more bit
// into every lane, so that 32 channels are a half word per pixel and nothing is transposed.
#pragma once

#include "../simd/bytes.h"
#include "../simd/runs.h"

/// Vectors of pixels that are packed together: whole cache lines of every plane.
enum { PACK_VECTORS = 4 };

/// Eight numbers of a plane; only the first n are read, others are 0.
FRUGAL_INLINE integers8 load_numbers(const frugal_number number, const void *p, ptrdiff_t n) {
  if (number == FRUGAL_INT16) {
    const int16_t *numbers = p;
    shorts8 v = {0};
    if (n == LANES)
      v = *(const unaligned_shorts8 *)numbers;
    else
      for (ptrdiff_t i = 0; i < n; i++) v[i] = numbers[i];
    return __builtin_convertvector(v, integers8);
  }
  return bits_of(n == LANES ? load8(p) : load_first(p, n));
}

/// -1 where a number is above the channel's threshold.
FRUGAL_INLINE integers8 above(const frugal_number number, const bool or_equal, integers8 v,
                              const void *threshold) {
  if (number == FRUGAL_FLOAT32) {
    const vector8 limit = broadcast8(*(const float *)threshold);
    return or_equal ? from_bits(v) >= limit : from_bits(v) > limit;
  }
  const integers8 limit = (integers8)(number == FRUGAL_INT32 ? *(const int32_t *)threshold
                                                             : *(const int16_t *)threshold);
  return or_equal ? v >= limit : v > limit;
}

FRUGAL_INLINE ptrdiff_t number_size(const frugal_number number) {
  return number == FRUGAL_INT16 ? 2 : 4;
}

/// The bits of one word: where the numbers of each begin, null for a bit that is 0, and its
/// threshold.
typedef struct {
  const char *numbers[64];
  const char *thresholds[64];
  ptrdiff_t count;
  bool is_wide;
} packed_word;

FRUGAL_INLINE packed_word bits_of_word(const frugal_bit_packing *p, ptrdiff_t word,
                                       ptrdiff_t size) {
  packed_word w = {.count = clamped(p->bits - 64 * word, 0, 64)};
  // No hardware foresees what comes of planes that lie far apart: without prefetching it took 1.2
  // times as long, 1.3 times where they are not read in turn (64 × 56², Zen 3). At 14² it cost 0.2.
  w.is_wide = p->channel_stride * size > 2048;
  for (ptrdiff_t i = 0; i < w.count; i++) {
    const ptrdiff_t bit = 64 * word + i, channel = p->channels ? p->channels[bit] : bit;
    const ptrdiff_t offset = p->offsets ? p->offsets[bit] : 0;
    if (channel < 0) {
      w.numbers[i] = NULL;
      continue;
    }
    w.numbers[i] = (const char *)p->map + (channel * p->channel_stride + offset) * size;
    w.thresholds[i] = (const char *)p->thresholds + channel * p->threshold_stride * size;
  }
  return w;
}

/// Bits first ..< end of `vectors` times eight pixels, the last `lanes`.
FRUGAL_INLINE void pack_half(const int vectors, const frugal_number number, const bool or_equal,
                             const packed_word *w, ptrdiff_t first, ptrdiff_t end, ptrdiff_t pixel,
                             ptrdiff_t lanes, integers8 halves[PACK_VECTORS]) {
  const ptrdiff_t size = number_size(number);
  UNROLLED (v, vectors) halves[v] = (integers8)(0);
  // Shifted in from below: the last bit first.
  for (ptrdiff_t b = end - 1; b >= first; b--) {
    UNROLLED (v, vectors) halves[v] += halves[v];
    const char *numbers = w->numbers[b];
    if (!numbers) continue;
    numbers += pixel * size;
    if (w->is_wide && vectors == PACK_VECTORS) {
      // The next lines, of which those that have begun are there.
      UNROLLED (line, vectors * LANES * size / 64)
        __builtin_prefetch(numbers + vectors * LANES * size + 64 * line + 63);
    }
    UNROLLED (v, vectors)
      halves[v] -= above(number, or_equal, load_numbers(number, numbers + v * LANES * size, lanes),
                         w->thresholds[b]);
  }
}

/// Words of their lower and upper halves.
FRUGAL_INLINE void store_whole_words(uint64_t *p, integers8 low, integers8 high) {
  const integers8 first = __builtin_shufflevector(low, high, 0, 8, 1, 9, 2, 10, 3, 11);
  const integers8 last = __builtin_shufflevector(low, high, 4, 12, 5, 13, 6, 14, 7, 15);
  store_words4(p, __builtin_bit_cast(words4, first));
  store_words4(p + 4, __builtin_bit_cast(words4, last));
}

FRUGAL_INLINE void pack_pixels(const int vectors, const frugal_number number, const bool or_equal,
                               const packed_word *w, ptrdiff_t pixel, ptrdiff_t lanes,
                               ptrdiff_t pixel_words, uint64_t *dst) {
  integers8 low[PACK_VECTORS], high[PACK_VECTORS];
  pack_half(vectors, number, or_equal, w, 0, smaller_of(w->count, 32), pixel, lanes, low);
  pack_half(vectors, number, or_equal, w, 32, w->count, pixel, lanes, high);
  uint64_t words[PACK_VECTORS * LANES];
  uint64_t *whole = pixel_words == 1 && lanes == LANES ? dst : words;
  UNROLLED (v, vectors) store_whole_words(whole + v * LANES, low[v], high[v]);
  if (whole == dst) return;
  for (ptrdiff_t i = 0; i < (vectors - 1) * LANES + lanes; i++, dst += pixel_words) *dst = words[i];
}

FRUGAL_INLINE void pack_all(const frugal_number number, const bool or_equal,
                            const frugal_bit_packing *p, ptrdiff_t first, ptrdiff_t count,
                            uint64_t *dst) {
  const ptrdiff_t wide = PACK_VECTORS * LANES, words = p->pixel_words;
  for (ptrdiff_t word = 0; word < words; word++, dst++) {
    const packed_word w = bits_of_word(p, word, number_size(number));
    ptrdiff_t i = 0;
    for (; i + wide <= count; i += wide)
      pack_pixels(PACK_VECTORS, number, or_equal, &w, first + i, LANES, words, dst + i * words);
    for (; i + LANES <= count; i += LANES)
      pack_pixels(1, number, or_equal, &w, first + i, LANES, words, dst + i * words);
    if (i < count)
      pack_pixels(1, number, or_equal, &w, first + i, count - i, words, dst + i * words);
  }
}

#define PACK_BODY(name, number)                                                                 \
  static FRUGAL_NO_LIBRARY_CALLS void pack_##name(const frugal_bit_packing *p, ptrdiff_t first, \
                                                  ptrdiff_t count, uint64_t *dst) {             \
    if (p->or_equal)                                                                            \
      pack_all(number, true, p, first, count, dst);                                             \
    else                                                                                        \
      pack_all(number, false, p, first, count, dst);                                            \
  }
// clang-format off
PACK_BODY(floats, FRUGAL_FLOAT32) PACK_BODY(integers, FRUGAL_INT32) PACK_BODY(shorts, FRUGAL_INT16)
#undef PACK_BODY
    // clang-format on

    void FRUGAL_SYMBOL(pack_bits)(const frugal_bit_packing *p, ptrdiff_t first, ptrdiff_t count,
                                  uint64_t *dst) {
  switch (p->number) {
    case FRUGAL_FLOAT32:
      pack_floats(p, first, count, dst);
      break;
    case FRUGAL_INT32:
      pack_integers(p, first, count, dst);
      break;
    case FRUGAL_INT16:
      pack_shorts(p, first, count, dst);
      break;
  }
}

FRUGAL_NO_LIBRARY_CALLS void FRUGAL_SYMBOL(unpack_bits)(const uint64_t *src, ptrdiff_t pixel_words,
                                                        ptrdiff_t count, ptrdiff_t channels,
                                                        float zero, float one, float *dst,
                                                        ptrdiff_t ld) {
  for (ptrdiff_t x = 0; x < count; x += LANES) {
    const ptrdiff_t lanes = smaller_of(LANES, count - x);
    for (ptrdiff_t first = 0; first < channels; first += 32) {
      integers8 halves = {0};
      for (ptrdiff_t i = 0; i < lanes; i++)
        halves[i] = (int32_t)(src[(x + i) * pixel_words + first / 64] >> first % 64);
      const ptrdiff_t end = smaller_of(channels, first + 32);
      for (ptrdiff_t c = first; c < end; c++, halves >>= 1) {
        const vector8 v = (halves & 1) != 0 ? broadcast8(one) : broadcast8(zero);
        if (lanes == LANES)
          store8(dst + c * ld + x, v);
        else
          store_first(dst + c * ld + x, v, lanes);
      }
    }
  }
}
