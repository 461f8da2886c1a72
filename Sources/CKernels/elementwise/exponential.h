// exp and the activations that need it.
#pragma once

#include "../simd/vector.h"

/// Vectors that go through an activation together.
enum { BURST = 4 };

/// 1 + exp(x) within 2 ulp: infinity from x = 88.4 on, 1 for large negative x, NaN for NaN.
///
/// A step of all vectors before the next step of any: one vector is a chain of 70 cycles, and the
/// processor does not look far enough ahead to find the next one by itself.
FRUGAL_INLINE void one_plus_exponentials(vector8 *x, int count) {
  vector8 shifted[BURST], p[BURST];
  // At 89 the exponent below is 128: the bits of infinity.
  UNROLLED (k, count) x[k] = at_most(at_least(x[k], broadcast8(-87.0f)), broadcast8(89.0f));
  in_step(x, count);
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  const vector8 shifter = broadcast8(0x1.8p23f);
  UNROLLED (k, count) shifted[k] = multiply_add(x[k], broadcast8(0x1.715476p0f), shifter);
  in_step(shifted, count);
  UNROLLED (k, count) p[k] = shifted[k] - shifter;
  in_step(p, count);
  // log(2) in two parts; n * the upper is exact.
  UNROLLED (k, count) x[k] = multiply_add(p[k], broadcast8(-0x1.63p-1f), x[k]);
  in_step(x, count);
  UNROLLED (k, count) x[k] = multiply_add(p[k], broadcast8(0x1.bd0106p-13f), x[k]);
  in_step(x, count);
  // exp(r) on |r| <= log(2)/2: the polynomial of least relative error, 2^-28, that begins 1 + r.
  static const float c[] = {0x1.1239e2p-7f, 0x1.5558f2p-5f, 0x1.555492p-3f, 0x1.fffffcp-2f, 1, 1};
  UNROLLED (k, count) p[k] = broadcast8(0x1.6a2434p-10f);
  UNROLLED (i, 6) {
    UNROLLED (k, count) p[k] = multiply_add(p[k], x[k], broadcast8(c[i]));
    in_step(p, count);
  }
  UNROLLED (k, count) x[k] = from_bits((bits_of(shifted[k]) << 23) + bits_of(broadcast8(1)));
  UNROLLED (k, count) x[k] = multiply_add(p[k], x[k], broadcast8(1));
  in_step(x, count);
}

/// The sixth is taken of the factor, so that large x does not overflow on the way.
FRUGAL_INLINE vector8 hard_swish8(vector8 x) {
  vector8 factor = at_most(at_least(x + broadcast8(3), broadcast8(0)), broadcast8(6));
  return x * (factor * broadcast8(1.0f / 6));
}
