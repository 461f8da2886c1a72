// The level every target has: clang's vectors at the baseline of the target.
#pragma once

#include "bytes.h"
#include "vector.h"

/// Registers that hold eight floats, at least: two of four floats each.
enum { VECTOR_REGISTERS = 8 };

#define FRUGAL_SYMBOL(kernel) frugal_##kernel##_portable

/// a * b + c, rounded twice: without the instruction a fused one is a library call per element.
FRUGAL_INLINE vector8 multiply_add(vector8 a, vector8 b, vector8 c) { return a * b + c; }

/// The first n floats, 0 <= n <= 8, and zeros.
FRUGAL_INLINE vector8 load_first(const float *p, ptrdiff_t n) {
  float lanes[LANES] = {0};
  for (ptrdiff_t i = 0; i < n; i++) lanes[i] = p[i];
  return load8(lanes);
}

/// The floats whose mask is -1, and zeros where it is 0: those are not read.
FRUGAL_INLINE vector8 load_masked(const float *p, integers8 mask) {
  float lanes[LANES];
  for (ptrdiff_t i = 0; i < LANES; i++) lanes[i] = mask[i] ? p[i] : 0;
  return load8(lanes);
}

/// v[first], v[first + 1] … of four, 0 <= first <= 4.
FRUGAL_INLINE vector4 four_from(vector8 v, ptrdiff_t first) {
  float lanes[LANES];
  store8(lanes, v);
  return load4(lanes + first);
}

/// For levels with registers for it.
FRUGAL_INLINE void in_step(vector8 *v, int count) { (void)v, (void)count; }

/// For levels with registers for it.
FRUGAL_INLINE const float *read_after(const float *p, vector8 a, vector8 b) {
  return (void)a, (void)b, p;
}

/// sum[v] += weight * right[v] for three vectors.
FRUGAL_INLINE void add_weighted3(const float *weight, const vector8 right[3], vector8 sum[3]) {
  UNROLLED (v, 3) sum[v] = multiply_add(broadcast8(*weight), right[v], sum[v]);
}

/// table[index[i] % 16] for every byte, 0 where the index is 128 or more; the table stands there
/// twice.
FRUGAL_INLINE bytes32 look_up(bytes32 table, bytes32 index) {
  uint8_t values[32];
  bytes32 found;
  *(unaligned_bytes32 *)values = table;
  UNROLLED (i, 32) found[i] = values[index[i] % 16];
  return found & (bytes32)(index < (bytes32)(128));
}

/// sum[v] += look_up(table at `tables + 8*places[i]`, index[v]) for two vectors.
FRUGAL_INLINE void add_looked_up2(const uint8_t *tables, const uint8_t *places, ptrdiff_t i,
                                  const bytes32 index[2], bytes32 sum[2]) {
  const bytes32 table = load_bytes32(tables + 8 * places[i]);
  UNROLLED (v, 2) sum[v] += look_up(table, index[v]);
}

/// Whether twelve sums and three tables stay in registers: they are two registers each here.
enum { HOLDS_TWELVE_SUMS = 0 };

/// sum[t] += look_up(tables[t], the 32 bytes at `index`) for three tables.
FRUGAL_INLINE void add_looked_up3(const bytes32 tables[3], const uint8_t *index, bytes32 sum[3]) {
  UNROLLED (t, 3) sum[t] += look_up(tables[t], load_bytes32(index));
}

/// The highest bits of all bytes, each of which is 0 or 255.
FRUGAL_INLINE uint32_t bits_of_bytes(bytes32 v) {
  const words4 words = __builtin_bit_cast(words4, v) & (words4)(0x0101010101010101);
  uint32_t bits = 0;
  // The product's highest byte takes bit i from byte i.
  UNROLLED (i, 4) bits |= (uint32_t)(words[i] * 0x0102040810204080 >> 56) << 8 * i;
  return bits;
}

/// Four times nibble i in byte i.
FRUGAL_INLINE uint64_t spread_nibbles(uint32_t v) {
  uint64_t spread = (v | (uint64_t)v << 16) & 0x0000FFFF0000FFFF;
  spread = (spread | spread << 8) & 0x00FF00FF00FF00FF;
  return ((spread | spread << 4) & 0x0F0F0F0F0F0F0F0F) << 2;
}

/// How many bits of each byte are 1.
FRUGAL_INLINE bytes32 ones_of_bytes(bytes32 v) {
  v -= v >> 1 & (bytes32)(0x55);
  v = (v & (bytes32)(0x33)) + (v >> 2 & (bytes32)(0x33));
  return (v + (v >> 4)) & (bytes32)(15);
}

/// The bits of v that the mask names, moved together.
FRUGAL_INLINE uint64_t extracted_bits(uint64_t v, uint64_t mask) {
  uint64_t bits = 0;
  for (int place = 0; mask; place++, mask &= mask - 1)
    bits |= (v >> __builtin_ctzll(mask) & 1) << place;
  return bits;
}
