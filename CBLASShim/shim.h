#pragma once

#if __has_include(<cblas.h>)
#include <cblas.h>
#else
#error "OpenBLAS headers not found. Install them: apt-get install -y libopenblas-dev liblapacke-dev"
#endif
