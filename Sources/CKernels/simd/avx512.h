// AVX2's vocabulary for processors with AVX-512, which the sixteen lanes of half words use.
#pragma once

#include "avx2.h"

#undef FRUGAL_SYMBOL
#define FRUGAL_SYMBOL(kernel) frugal_##kernel##_avx512

/// What clang's builtins for registers of 512 bits take.
typedef int builtin_integers16 __attribute__((vector_size(64)));

#define FRUGAL_REGISTERS_OF_512_BITS
