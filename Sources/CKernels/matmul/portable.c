#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "matmul_tile.h"
#include "panel_scaling.h"
#include "taps_tile.h"
