#include "frugal_kernels.h"

#if defined(__x86_64__)
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang attribute push(__attribute__((target("avx2,fma,f16c,popcnt,bmi2"))), \
                             apply_to = function)
#include "../simd/avx2.h"
#include "bit_maps_tile.h"
#include "displace_bits_tile.h"
#include "expand_tile.h"
#include "lanes_tile.h"
#include "nibbles_tile.h"
#include "pack_tile.h"
#include "plane_product_tile.h"
#include "planes_tile.h"
#include "words_tile.h"
#pragma clang attribute pop
#endif
