// The vector vocabulary: eight floats, over clang's vector extensions, one source for every level.
//
// A level's header (portable.h, avx2.h) includes this and adds what differs: `multiply_add`,
// `load_first`, and the name its kernels carry. Tiles include neither; the level's .c file does.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Sums are contracted where a tile says `multiply_add`, nowhere else.
#pragma clang fp contract(off)

// No eight-float vector is ever passed by a real call, so how a call would pass it does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

// Everything a tile calls must end up inside the tile: a call would leave the target region.
#define FRUGAL_INLINE static inline __attribute__((always_inline))

// Loops over runs of floats stay loops: rows are short, a call of memcpy or memset costs as much.
#define FRUGAL_NO_LIBRARY_CALLS __attribute__((no_builtin("memcpy", "memmove", "memset")))

/// The statement for k = 0 ..< count, unrolled.
#define UNROLLED(k, count) _Pragma("clang loop unroll(full)") for (int k = 0; k < (count); k++)

typedef float vector8 __attribute__((ext_vector_type(8)));
typedef float vector4 __attribute__((ext_vector_type(4)));
typedef int32_t integers8 __attribute__((ext_vector_type(8)));

typedef float unaligned8 __attribute__((ext_vector_type(8), aligned(4), may_alias));
typedef float unaligned4 __attribute__((ext_vector_type(4), aligned(4), may_alias));

enum {
  LANES = 8,
  /// Floats of a line of the cache.
  LINE = 16,
};

FRUGAL_INLINE vector8 load8(const float *p) { return *(const unaligned8 *)p; }
FRUGAL_INLINE void store8(float *p, vector8 v) { *(unaligned8 *)p = v; }
FRUGAL_INLINE vector4 load4(const float *p) { return *(const unaligned4 *)p; }
FRUGAL_INLINE void store4(float *p, vector4 v) { *(unaligned4 *)p = v; }

FRUGAL_INLINE vector8 broadcast8(float value) { return (vector8)(value); }

/// p[0], p[2] … p[14]. Reads fifteen floats, not sixteen: the last may end a plane.
FRUGAL_INLINE vector8 load8_every_second(const float *p) {
  return __builtin_shufflevector(load8(p), load8(p + 7), 0, 2, 4, 6, 9, 11, 13, 15);
}

/// p[0], p[2], p[4], p[6]. Reads seven floats.
FRUGAL_INLINE vector4 load4_every_second(const float *p) {
  return __builtin_shufflevector(load4(p), load4(p + 3), 0, 2, 5, 7);
}

/// Asks for the line of an address, which need not exist.
FRUGAL_INLINE void prefetch(const float *p) { __builtin_prefetch(p, 0, 3); }
/// The same, into the second-level cache.
FRUGAL_INLINE void prefetch_far(const float *p) { __builtin_prefetch(p, 0, 2); }
FRUGAL_INLINE void prefetch_for_writing(const float *p) { __builtin_prefetch(p, 1, 3); }

/// a[0], a[2] … b[6], and a[1], a[3] … b[7], in the order of a single instruction: `in_order`
/// undoes it, once for any number of vectors that were added up in this order.
FRUGAL_INLINE vector8 every_second_by_halves(vector8 a, vector8 b) {
  return __builtin_shufflevector(a, b, 0, 2, 8, 10, 4, 6, 12, 14);
}
FRUGAL_INLINE vector8 other_seconds_by_halves(vector8 a, vector8 b) {
  return __builtin_shufflevector(a, b, 1, 3, 9, 11, 5, 7, 13, 15);
}
FRUGAL_INLINE vector8 in_order(vector8 v) {
  return __builtin_shufflevector(v, v, 0, 1, 4, 5, 2, 3, 6, 7);
}

FRUGAL_INLINE integers8 bits_of(vector8 v) { return __builtin_bit_cast(integers8, v); }
FRUGAL_INLINE vector8 from_bits(integers8 v) { return __builtin_bit_cast(vector8, v); }

// Written as the comparison that is false for NaN in `v`, so that NaN stays; these forms are also
// what a single max or min instruction computes.
FRUGAL_INLINE vector8 at_least(vector8 v, vector8 low) { return low > v ? low : v; }
FRUGAL_INLINE vector8 at_most(vector8 v, vector8 high) { return high < v ? high : v; }

/// The larger of both; NaN when either is NaN.
FRUGAL_INLINE vector8 larger(vector8 a, vector8 b) {
  vector8 larger_or_first_nan = b > a ? b : a;
  return b != b ? b : larger_or_first_nan;
}

FRUGAL_INLINE float larger_of_two(float a, float b) { return b > a || b != b ? b : a; }

/// The sum of all lanes, halves first.
FRUGAL_INLINE float sum_of_lanes(vector8 v) {
  vector4 four = v.lo + v.hi;
  return (four.x + four.z) + (four.y + four.w);
}
