#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "signed_sums_tile.h"
