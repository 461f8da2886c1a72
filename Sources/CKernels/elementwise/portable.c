#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "elementwise_tile.h"
