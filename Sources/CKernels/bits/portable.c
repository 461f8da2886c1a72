#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "bit_maps_tile.h"
#include "displace_bits_tile.h"
#include "expand_tile.h"
#include "nibbles_tile.h"
#include "pack_tile.h"
#include "words_tile.h"
