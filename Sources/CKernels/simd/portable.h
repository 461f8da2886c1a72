// The level every target has: clang's vectors at the baseline of the target.
#pragma once

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

/// For levels with registers for it.
FRUGAL_INLINE void in_step(vector8 *v, int count) { (void)v, (void)count; }

/// sum[v] += weight * right[v] for three vectors.
FRUGAL_INLINE void add_weighted3(const float *weight, const vector8 right[3], vector8 sum[3]) {
  UNROLLED (v, 3) sum[v] = multiply_add(broadcast8(*weight), right[v], sum[v]);
}
