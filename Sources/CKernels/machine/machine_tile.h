// The peak: independent multiply-add chains that stay in registers.
#pragma once

#include "../simd/vector.h"
#include "burst.h"

/// As many chains as the registers hold beside two constants; several passes over them make a
/// round.
enum {
  BURST_CHAINS = VECTOR_REGISTERS >= 16 ? 12 : 6,
  BURST_PASSES = FMA_BURST_STEPS / BURST_CHAINS
};
_Static_assert(BURST_PASSES* BURST_CHAINS == FMA_BURST_STEPS, "a round is whole passes");

float FRUGAL_SYMBOL(fma_burst)(ptrdiff_t iterations) {
  // Volatile: the compiler may know neither the factor nor that the chains converge (to 1).
  volatile float factor_seed = 0.5f, term_seed = 0.5f, start_seed = 1;
  const vector8 factor = broadcast8(factor_seed), term = broadcast8(term_seed);
  vector8 chain[BURST_CHAINS];
#pragma clang loop unroll(full)
  for (int k = 0; k < BURST_CHAINS; k++) chain[k] = broadcast8(start_seed + (float)k);
#pragma clang loop unroll(disable)
  for (ptrdiff_t i = 0; i < iterations; i++) {
#pragma clang loop unroll(full)
    for (int pass = 0; pass < BURST_PASSES; pass++) {
#pragma clang loop unroll(full)
      for (int k = 0; k < BURST_CHAINS; k++) chain[k] = multiply_add(chain[k], factor, term);
    }
  }
  vector8 sum = broadcast8(0);
#pragma clang loop unroll(full)
  for (int k = 0; k < BURST_CHAINS; k++) sum += chain[k];
  return sum_of_lanes(sum);
}
