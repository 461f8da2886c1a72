#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "displacement_tile.h"
