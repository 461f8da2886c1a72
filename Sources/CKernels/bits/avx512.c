#include "frugal_kernels.h"

#if defined(__x86_64__)
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang attribute push(                                                             \
    __attribute__((target("avx2,fma,f16c,popcnt,bmi2,avx512f,avx512bw,avx512dq,avx512vl," \
                          "avx512vpopcntdq"))),                                           \
    apply_to = function)
#include "../simd/avx512.h"
#include "displace_bits_tile.h"
#include "lanes_tile.h"
#pragma clang attribute pop
#endif
