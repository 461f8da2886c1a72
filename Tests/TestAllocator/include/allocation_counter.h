// Counts the allocations of this process, by all of its threads.
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether this build counts: with glibc, and without a sanitizer, which has an allocator of its
/// own.
bool allocation_counter_works(void);

/// Starts counting, from zero.
void allocation_counter_start(void);

/// Stops counting; returns how many times memory was asked for since the start.
long allocation_counter_stop(void);

#ifdef __cplusplus
}
#endif
