// Vectors of sixteen half words, one source for every level: a register of AVX-512, two or four of
// others.
#pragma once

#include "vector.h"

typedef uint32_t half_words16 __attribute__((ext_vector_type(16)));
typedef uint16_t short_counts16 __attribute__((ext_vector_type(16)));

typedef uint32_t unaligned_half_words16 __attribute__((ext_vector_type(16), aligned(4), may_alias));
typedef uint16_t unaligned_short_counts16
    __attribute__((ext_vector_type(16), aligned(2), may_alias));

FRUGAL_INLINE half_words16 load_half_words16(const uint32_t *p) {
  return *(const unaligned_half_words16 *)p;
}
FRUGAL_INLINE void store_short_counts16(uint16_t *p, half_words16 v) {
  *(unaligned_short_counts16 *)p = __builtin_convertvector(v, short_counts16);
}

/// How many bits of each half word are 1.
FRUGAL_INLINE half_words16 ones_of_half_words(half_words16 v) {
  return __builtin_elementwise_popcount(v);
}

#ifdef FRUGAL_TERNARY_LOGIC
/// a XOR (b XOR c), or a XOR (b AND c).
FRUGAL_INLINE half_words16 joined_xor(const bool is_and, half_words16 a, half_words16 b,
                                      half_words16 c) {
  return is_and ? FRUGAL_TERNARY_LOGIC(a, b, c, 0x78) : FRUGAL_TERNARY_LOGIC(a, b, c, 0x96);
}
/// NOT b where the mask is 1, c where it is 0.
FRUGAL_INLINE half_words16 not_or_other(half_words16 mask, half_words16 b, half_words16 c) {
  return FRUGAL_TERNARY_LOGIC(mask, b, c, 0x3A);
}
#else
FRUGAL_INLINE half_words16 joined_xor(const bool is_and, half_words16 a, half_words16 b,
                                      half_words16 c) {
  return a ^ (is_and ? b & c : b ^ c);
}
FRUGAL_INLINE half_words16 not_or_other(half_words16 mask, half_words16 b, half_words16 c) {
  return (mask & ~b) | (~mask & c);
}
#endif
