// exp and the activations that need it.
#pragma once

#include "../simd/vector.h"

/// exp(x) for x <= 0 within 2 ulp, down to the smallest subnormal; NaN for NaN.
FRUGAL_INLINE vector8 exponential_of_nonpositive(vector8 x) {
  x = at_least(x, broadcast8(-110.0f));  // exp is 0 from -104 on
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  const vector8 shifter = broadcast8(0x1.8p23f);
  vector8 shifted = multiply_add(x, broadcast8(0x1.715476p0f), shifter);
  integers8 exponent = bits_of(shifted) - bits_of(shifter);
  vector8 n = shifted - shifter;
  // log(2) in two parts; n * the upper is exact.
  vector8 r = multiply_add(n, broadcast8(-0x1.63p-1f), x);
  r = multiply_add(n, broadcast8(0x1.bd0106p-13f), r);
  // (exp(r) - 1 - r) / r^2 on |r| <= log(2)/2, Cephes' expf.
  vector8 p = broadcast8(1.9875691500e-4f);
  p = multiply_add(p, r, broadcast8(1.3981999507e-3f));
  p = multiply_add(p, r, broadcast8(8.3334519073e-3f));
  p = multiply_add(p, r, broadcast8(4.1665795894e-2f));
  p = multiply_add(p, r, broadcast8(1.6666665459e-1f));
  p = multiply_add(p, r, broadcast8(5.0000001201e-1f));
  p = multiply_add(p, r * r, r) + broadcast8(1);
  // 2^exponent in two normal factors: the product may be subnormal, and is rounded once.
  integers8 half = exponent >> 1;
  vector8 scale_low = from_bits((half + 127) << 23);
  vector8 scale_high = from_bits((exponent - half + 127) << 23);
  return p * scale_low * scale_high;
}

/// 1 / (1 + exp(-x)), accurate at both ends: of exp only the side below 1 is used.
FRUGAL_INLINE vector8 sigmoid8(vector8 x) {
  integers8 sign = (integers8)((int32_t)INT32_MIN);
  vector8 e = exponential_of_nonpositive(from_bits(bits_of(x) | sign));
  vector8 numerator = x < broadcast8(0) ? e : broadcast8(1);
  return numerator / (broadcast8(1) + e);
}

FRUGAL_INLINE vector8 swish8(vector8 x, vector8 beta) { return x * sigmoid8(beta * x); }

/// The sixth is taken of the factor, so that large x does not overflow on the way.
FRUGAL_INLINE vector8 hard_swish8(vector8 x) {
  vector8 factor = at_most(at_least(x + broadcast8(3), broadcast8(0)), broadcast8(6));
  return x * (factor * broadcast8(1.0f / 6));
}
