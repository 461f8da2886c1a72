// Vectors of sixteen half words, one source for every level: a register of AVX-512, two or four of
// others.
#pragma once

#include "bytes.h"

typedef uint32_t half_words16 __attribute__((ext_vector_type(16)));
typedef uint16_t counts32 __attribute__((ext_vector_type(32)));

typedef uint32_t unaligned_half_words16 __attribute__((ext_vector_type(16), aligned(4), may_alias));
typedef uint16_t unaligned_counts32 __attribute__((ext_vector_type(32), aligned(2), may_alias));

FRUGAL_INLINE half_words16 load_half_words16(const uint32_t *p) {
  return *(const unaligned_half_words16 *)p;
}
FRUGAL_INLINE counts32 load_counts32(const uint16_t *p) { return *(const unaligned_counts32 *)p; }
FRUGAL_INLINE void store_counts32(uint16_t *p, counts32 v) { *(unaligned_counts32 *)p = v; }

/// How many bits of each half word are 1.
FRUGAL_INLINE half_words16 ones_of_half_words(half_words16 v) {
  return __builtin_elementwise_popcount(v);
}

// joined_by_fours: numbers below 65536 of both, four by four in turn.
// joined_xor: a XOR (b XOR c), or a XOR (b AND c).
// not_or_other: NOT b where the mask is 1, c where it is 0.
// bits_at_least: bit 2i of even count i, bit 2i + 1 of odd count i, sixteen of each: 1 where it is
// at least its limit. Reads all 32 limits.
#ifdef FRUGAL_REGISTERS_OF_512_BITS
FRUGAL_INLINE counts32 joined_by_fours(half_words16 a, half_words16 b) {
  return (counts32)__builtin_ia32_packusdw512((builtin_integers16)a, (builtin_integers16)b);
}

/// Bit 4a + 2b + c of the table, for the bits of three vectors.
#define TERNARY_LOGIC(a, b, c, table)              \
  (half_words16) __builtin_ia32_pternlogd512_mask( \
      (builtin_integers16)(a), (builtin_integers16)(b), (builtin_integers16)(c), (table), -1)

FRUGAL_INLINE half_words16 joined_xor(const bool is_and, half_words16 a, half_words16 b,
                                      half_words16 c) {
  return is_and ? TERNARY_LOGIC(a, b, c, 0x78) : TERNARY_LOGIC(a, b, c, 0x96);
}
FRUGAL_INLINE half_words16 not_or_other(half_words16 mask, half_words16 b, half_words16 c) {
  return TERNARY_LOGIC(mask, b, c, 0x3A);
}

FRUGAL_INLINE uint32_t bits_at_least(counts32 counts, const uint16_t *limits) {
  typedef bool bits32 __attribute__((ext_vector_type(32)));
  const counts32 limit = load_counts32(limits);
  const uint32_t bits =
      __builtin_bit_cast(uint32_t, __builtin_convertvector(counts >= limit, bits32));
  return __builtin_ia32_pdep_si(bits, 0x55555555) | __builtin_ia32_pdep_si(bits >> 16, 0xAAAAAAAA);
}
#else
FRUGAL_INLINE counts32 joined_by_fours(half_words16 a, half_words16 b) {
  return __builtin_shufflevector(__builtin_convertvector(a, counts16),
                                 __builtin_convertvector(b, counts16), 0, 1, 2, 3, 16, 17, 18, 19,
                                 4, 5, 6, 7, 20, 21, 22, 23, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13,
                                 14, 15, 28, 29, 30, 31);
}
FRUGAL_INLINE half_words16 joined_xor(const bool is_and, half_words16 a, half_words16 b,
                                      half_words16 c) {
  return a ^ (is_and ? b & c : b ^ c);
}
FRUGAL_INLINE half_words16 not_or_other(half_words16 mask, half_words16 b, half_words16 c) {
  return (mask & ~b) | (~mask & c);
}
FRUGAL_INLINE uint32_t bits_at_least(counts32 counts, const uint16_t *limits) {
  const counts16 even = (counts16)(counts.lo >= load_counts16(limits));
  const counts16 odd = (counts16)(counts.hi >= load_counts16(limits + 16));
  const counts16 joined = (even & (counts16)(0xFF)) | (odd & (counts16)(0xFF00));
  return bits_of_bytes(__builtin_bit_cast(bytes32, joined));
}
#endif
