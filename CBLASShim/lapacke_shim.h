#pragma once

#if __has_include(<lapacke.h>)
#include <lapacke.h>
#else
#error "LAPACKE headers not found. Install them: apt-get install -y libopenblas-dev liblapacke-dev"
#endif

/// LAPACKE's integer: `lapack_int` is a macro, which Swift does not import.
typedef lapack_int frugal_lapack_int;
