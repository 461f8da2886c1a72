#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "depthwise_tile.h"
