#include "frugal_kernels.h"

#include "../simd/portable.h"
#include "border_tile.h"
#include "displacement_tile.h"
