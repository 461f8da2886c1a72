// Vectors of small counts: thirty-two bytes, sixteen or eight 16-bit numbers, one source for every
// level. A level's header adds `look_up`, `bits_of_bytes`,
// `ones_of_bytes`, `spread_nibbles` and `extracted_bits`.
#pragma once

#include "vector.h"

typedef uint8_t bytes32 __attribute__((ext_vector_type(32)));
typedef int8_t signed_bytes32 __attribute__((ext_vector_type(32)));
typedef uint16_t counts16 __attribute__((ext_vector_type(16)));
typedef uint16_t counts8 __attribute__((ext_vector_type(8)));
typedef int16_t shorts8 __attribute__((ext_vector_type(8)));
typedef int16_t shorts16 __attribute__((ext_vector_type(16)));
typedef int8_t signed_bytes16 __attribute__((ext_vector_type(16)));
typedef uint64_t words4 __attribute__((ext_vector_type(4)));
typedef uint64_t words8 __attribute__((ext_vector_type(8)));

typedef uint8_t unaligned_bytes32 __attribute__((ext_vector_type(32), aligned(1), may_alias));
typedef uint16_t unaligned_counts16 __attribute__((ext_vector_type(16), aligned(2), may_alias));
typedef uint16_t unaligned_counts8 __attribute__((ext_vector_type(8), aligned(2), may_alias));
typedef int16_t unaligned_shorts8 __attribute__((ext_vector_type(8), aligned(2), may_alias));
typedef int16_t unaligned_shorts16 __attribute__((ext_vector_type(16), aligned(2), may_alias));
typedef int8_t unaligned_signed_bytes16 __attribute__((ext_vector_type(16), aligned(1), may_alias));
typedef uint64_t unaligned_words4 __attribute__((ext_vector_type(4), aligned(8), may_alias));
typedef uint64_t unaligned_words8 __attribute__((ext_vector_type(8), aligned(8), may_alias));
typedef int32_t unaligned_integers8 __attribute__((ext_vector_type(8), aligned(4), may_alias));

/// Bytes that a table of `look_up` takes: its sixteen values, twice.
enum { TABLE_BYTES = 32 };

FRUGAL_INLINE bytes32 load_bytes32(const uint8_t *p) { return *(const unaligned_bytes32 *)p; }
FRUGAL_INLINE void store_bytes32(uint8_t *p, bytes32 v) { *(unaligned_bytes32 *)p = v; }
FRUGAL_INLINE counts16 load_counts16(const uint16_t *p) { return *(const unaligned_counts16 *)p; }
FRUGAL_INLINE void store_counts16(uint16_t *p, counts16 v) { *(unaligned_counts16 *)p = v; }
FRUGAL_INLINE counts8 load_counts8(const uint16_t *p) { return *(const unaligned_counts8 *)p; }
FRUGAL_INLINE integers8 load_integers8(const int32_t *p) { return *(const unaligned_integers8 *)p; }
FRUGAL_INLINE void store_integers8(int32_t *p, integers8 v) { *(unaligned_integers8 *)p = v; }
FRUGAL_INLINE words4 load_words4(const uint64_t *p) { return *(const unaligned_words4 *)p; }
FRUGAL_INLINE words8 load_words8(const uint64_t *p) { return *(const unaligned_words8 *)p; }
FRUGAL_INLINE void store_words8(uint64_t *p, words8 v) { *(unaligned_words8 *)p = v; }
FRUGAL_INLINE void store_words4(uint64_t *p, words4 v) { *(unaligned_words4 *)p = v; }
FRUGAL_INLINE void store_shorts8(int16_t *p, shorts8 v) { *(unaligned_shorts8 *)p = v; }

FRUGAL_INLINE shorts16 load_shorts16(const int16_t *p) { return *(const unaligned_shorts16 *)p; }
FRUGAL_INLINE void store_shorts16(int16_t *p, shorts16 v) { *(unaligned_shorts16 *)p = v; }

/// Sixteen bytes with a sign, as numbers of 16 bits.
FRUGAL_INLINE shorts16 widened16(const uint8_t *p) {
  return __builtin_convertvector(*(const unaligned_signed_bytes16 *)p, shorts16);
}

/// The lower bytes of both.
FRUGAL_INLINE bytes32 joined_bytes(shorts16 low, shorts16 high) {
  typedef uint8_t bytes16 __attribute__((ext_vector_type(16)));
  const bytes16 a = __builtin_convertvector(low, bytes16),
                b = __builtin_convertvector(high, bytes16);
  return __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17,
                                 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31);
}

/// The bytes of even and of odd places, as numbers.
FRUGAL_INLINE counts16 even_bytes(bytes32 v) {
  return __builtin_bit_cast(counts16, v) & (counts16)(0xFF);
}
FRUGAL_INLINE counts16 odd_bytes(bytes32 v) { return __builtin_bit_cast(counts16, v) >> 8; }

/// Column j of the result is row j of the argument.
FRUGAL_INLINE void transpose8(counts8 v[8]) {
  counts8 a[8], b[8];
  UNROLLED (i, 4) {
    a[2 * i] = __builtin_shufflevector(v[i], v[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
    a[2 * i + 1] = __builtin_shufflevector(v[i], v[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
  }
  UNROLLED (i, 4) {
    b[2 * i] = __builtin_shufflevector(a[i], a[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
    b[2 * i + 1] = __builtin_shufflevector(a[i], a[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
  }
  UNROLLED (i, 4) {
    v[2 * i] = __builtin_shufflevector(b[i], b[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
    v[2 * i + 1] = __builtin_shufflevector(b[i], b[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
  }
}

/// Vectors whose numbers differ by `bit` alone, interleaved within halves of vectors: the first
/// eight bytes of both in turn, and the last eight.
FRUGAL_INLINE void interleave_pairs(bytes32 v[8], const int bit) {
  UNROLLED (i, 8) {
    if (i & bit) continue;
    const bytes32 a = v[i], b = v[i + bit];
    v[i] = __builtin_shufflevector(a, b, 0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 16,
                                   48, 17, 49, 18, 50, 19, 51, 20, 52, 21, 53, 22, 54, 23, 55);
    v[i + bit] =
        __builtin_shufflevector(a, b, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47,
                                24, 56, 25, 57, 26, 58, 27, 59, 28, 60, 29, 61, 30, 62, 31, 63);
  }
}

/// The lower halves of both, and the upper ones.
FRUGAL_INLINE void exchange_halves(words4 *a, words4 *b) {
  const words4 low = __builtin_shufflevector(*a, *b, 0, 1, 4, 5);
  *b = __builtin_shufflevector(*a, *b, 2, 3, 6, 7);
  *a = low;
}

/// The sum of all bytes.
FRUGAL_INLINE uint32_t sum_of_bytes(bytes32 v) {
  const words4 low = (words4)(0x00FF00FF00FF00FF);
  const words4 bytes = __builtin_bit_cast(words4, v);
  const words4 pairs = (bytes & low) + (bytes >> 8 & low);
  const uint64_t sum = pairs[0] + pairs[1] + (pairs[2] + pairs[3]);
  return (uint32_t)(sum * 0x0001000100010001 >> 48);
}
