#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "pooling_tile.h"
