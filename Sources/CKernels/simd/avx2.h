// x86-64 with AVX2, FMA, F16C, POPCNT and BMI2. Builtins instead of <immintrin.h>: this is included
// inside a target region, the header's own target attributes do not belong there.
#pragma once

#include "bytes.h"
#include "vector.h"

/// Registers that hold eight floats.
enum { VECTOR_REGISTERS = 16 };

#define FRUGAL_SYMBOL(kernel) frugal_##kernel##_avx2

/// What clang's builtins for registers of 256 bits take.
typedef float builtin_floats __attribute__((vector_size(32)));
typedef int builtin_integers __attribute__((vector_size(32)));
typedef char builtin_bytes __attribute__((vector_size(32)));

/// a * b + c, rounded once.
FRUGAL_INLINE vector8 multiply_add(vector8 a, vector8 b, vector8 c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// The floats whose mask is -1, and zeros where it is 0: those are not read.
FRUGAL_INLINE vector8 load_masked(const float *p, integers8 mask) {
  return (vector8)__builtin_ia32_maskloadps256((const builtin_floats *)p, (builtin_integers)mask);
}

/// The first n floats, 0 <= n <= 8, and zeros.
FRUGAL_INLINE vector8 load_first(const float *p, ptrdiff_t n) {
  integers8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return load_masked(p, lane < (integers8)((int32_t)n));
}

/// v[first], v[first + 1] … of four, 0 <= first <= 4. Through memory the last rows of planes of
/// 6x6 waited for it: 1.1 times the time of the whole (Zen 3).
FRUGAL_INLINE vector4 four_from(vector8 v, ptrdiff_t first) {
  integers8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
  lane += (integers8)((int32_t)first);
  return ((vector8)__builtin_ia32_permvarsf256((builtin_floats)v, (builtin_integers)lane)).lo;
}

/// The compiler computes all of the vectors before it goes on with any.
FRUGAL_INLINE void in_step(vector8 *v, int count) {
  if (count == 4) __asm__("" : "+x"(v[0]), "+x"(v[1]), "+x"(v[2]), "+x"(v[3]));
}

/// The pointer: what is read through it is read after both vectors are computed.
FRUGAL_INLINE const float *read_after(const float *p, vector8 a, vector8 b) {
  __asm__("" : "+r"(p) : "x"(a), "x"(b));
  return p;
}

/// sum[v] += weight * right[v] for three vectors. In a tile of twelve sums and three vectors one
/// register is left, for the weight. The compiler, left to itself, loads the next weight ahead, and
/// sums go through memory (measured on Zen 3: half the speed).
FRUGAL_INLINE void add_weighted3(const float *weight, const vector8 right[3], vector8 sum[3]) {
  vector8 broadcast;
  __asm__(
      "vbroadcastss %[weight], %[broadcast]\n\t"
      "vfmadd231ps %[right0], %[broadcast], %[sum0]\n\t"
      "vfmadd231ps %[right1], %[broadcast], %[sum1]\n\t"
      "vfmadd231ps %[right2], %[broadcast], %[sum2]"
      :
      [broadcast] "=&x"(broadcast), [sum0] "+&x"(sum[0]), [sum1] "+&x"(sum[1]), [sum2] "+&x"(sum[2])
      : [weight] "m"(*weight), [right0] "x"(right[0]), [right1] "x"(right[1]),
        [right2] "x"(right[2]));
}

/// table[index[i] % 16] for every byte, 0 where the index is 128 or more; the table stands there
/// twice.
FRUGAL_INLINE bytes32 look_up(bytes32 table, bytes32 index) {
  return (bytes32)__builtin_ia32_pshufb256((builtin_bytes)table, (builtin_bytes)index);
}

/// sum[v] += look_up(table at `tables + 8*places[i]`, index[v]) for two vectors. The compiler, left
/// to itself, loads tables far ahead and keeps sums in memory (measured on Zen 3: 0.85 of the
/// speed).
FRUGAL_INLINE void add_looked_up2(const uint8_t *tables, const uint8_t *places, ptrdiff_t i,
                                  const bytes32 index[2], bytes32 sum[2]) {
  uint64_t place;
  bytes32 table, found;
  __asm__(
      "movzbl %[byte], %k[place]\n\t"
      "vmovdqu (%[tables],%[place],8), %[table]\n\t"
      "vpshufb %[index0], %[table], %[found]\n\t"
      "vpshufb %[index1], %[table], %[table]\n\t"
      "vpaddb %[found], %[sum0], %[sum0]\n\t"
      "vpaddb %[table], %[sum1], %[sum1]"
      : [place] "=&r"(place), [table] "=&x"(table), [found] "=&x"(found), [sum0] "+&x"(sum[0]),
        [sum1] "+&x"(sum[1])
      : [byte] "m"(places[i]), [tables] "r"(tables), [index0] "x"(index[0]), [index1] "x"(index[1]),
        "m"(*(const uint8_t(*)[32 * TABLE_BYTES]) tables));
}

/// Whether twelve sums and three tables stay in registers.
enum { HOLDS_TWELVE_SUMS = 1 };

/// sum[t] += look_up(tables[t], the 32 bytes at `index`) for three tables. The index stays in
/// memory: twelve sums and three tables leave no register for it, and reading it again costs no
/// instruction.
FRUGAL_INLINE void add_looked_up3(const bytes32 tables[3], const uint8_t *index, bytes32 sum[3]) {
  bytes32 found;
  __asm__(
      "vpshufb %[index], %[table0], %[found]\n\t"
      "vpaddb %[found], %[sum0], %[sum0]\n\t"
      "vpshufb %[index], %[table1], %[found]\n\t"
      "vpaddb %[found], %[sum1], %[sum1]\n\t"
      "vpshufb %[index], %[table2], %[found]\n\t"
      "vpaddb %[found], %[sum2], %[sum2]"
      : [found] "=&x"(found), [sum0] "+&x"(sum[0]), [sum1] "+&x"(sum[1]), [sum2] "+&x"(sum[2])
      : [table0] "x"(tables[0]), [table1] "x"(tables[1]), [table2] "x"(tables[2]),
        [index] "m"(*(const uint8_t(*)[32])index));
}

/// The highest bits of all bytes.
FRUGAL_INLINE uint32_t bits_of_bytes(bytes32 v) {
  return (uint32_t)__builtin_ia32_pmovmskb256((builtin_bytes)v);
}

/// Four times nibble i in byte i.
FRUGAL_INLINE uint64_t spread_nibbles(uint32_t v) {
  return __builtin_ia32_pdep_di(v, 0x3C3C3C3C3C3C3C3C);
}

/// How many bits of each byte are 1.
FRUGAL_INLINE bytes32 ones_of_bytes(bytes32 v) {
  const bytes32 ones = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
                        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
  return look_up(ones, v & (bytes32)(15)) + look_up(ones, v >> 4);
}

/// The bits of v that the mask names, moved together.
FRUGAL_INLINE uint64_t extracted_bits(uint64_t v, uint64_t mask) {
  return __builtin_ia32_pext_di(v, mask);
}
