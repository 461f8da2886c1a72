#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "machine_tile.h"
