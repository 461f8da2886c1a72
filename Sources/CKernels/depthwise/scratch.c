#include "../simd/portable.h"
#include "columns.h"

ptrdiff_t frugal_depthwise_scratch(const frugal_depthwise *d) { return depthwise_columns_words(d); }
