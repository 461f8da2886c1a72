// x86-64 with AVX2, FMA, F16C, POPCNT and BMI2. Builtins instead of <immintrin.h>: this is included
// inside a target region, the header's own target attributes do not belong there.
#pragma once

#include "vector.h"

/// Registers that hold eight floats.
enum { VECTOR_REGISTERS = 16 };

#define FRUGAL_SYMBOL(kernel) frugal_##kernel##_avx2

/// a * b + c, rounded once.
FRUGAL_INLINE vector8 multiply_add(vector8 a, vector8 b, vector8 c) {
  return __builtin_elementwise_fma(a, b, c);
}

/// The floats whose mask is -1, and zeros where it is 0: those are not read.
FRUGAL_INLINE vector8 load_masked(const float *p, integers8 mask) {
  typedef float float8 __attribute__((vector_size(32)));
  typedef int int8 __attribute__((vector_size(32)));
  return (vector8)__builtin_ia32_maskloadps256((const float8 *)p, (int8)mask);
}

/// The first n floats, 0 <= n <= 8, and zeros.
FRUGAL_INLINE vector8 load_first(const float *p, ptrdiff_t n) {
  integers8 lane = {0, 1, 2, 3, 4, 5, 6, 7};
  return load_masked(p, lane < (integers8)((int32_t)n));
}

/// The compiler computes all of the vectors before it goes on with any.
FRUGAL_INLINE void in_step(vector8 *v, int count) {
  if (count == 4) __asm__("" : "+x"(v[0]), "+x"(v[1]), "+x"(v[2]), "+x"(v[3]));
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
