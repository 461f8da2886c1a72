// AVX2's vocabulary for processors with AVX-512, which the sixteen lanes of half words use.
#pragma once

#include "avx2.h"

#undef FRUGAL_SYMBOL
#define FRUGAL_SYMBOL(kernel) frugal_##kernel##_avx512

/// What clang's builtins for registers of 512 bits take.
typedef int builtin_integers16 __attribute__((vector_size(64)));

/// Bit 4a + 2b + c of the table, for the bits of three vectors.
#define FRUGAL_TERNARY_LOGIC(a, b, c, table)       \
  ((half_words16)__builtin_ia32_pternlogd512_mask( \
      (builtin_integers16)(a), (builtin_integers16)(b), (builtin_integers16)(c), (table), -1))
