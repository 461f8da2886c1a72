#include "geometry.h"

ptrdiff_t frugal_depthwise_scratch(const frugal_depthwise *d, ptrdiff_t rows) {
  return rows < 1 ? 0 : 2 * depthwise_geometry_of(d, rows).buffer;
}
