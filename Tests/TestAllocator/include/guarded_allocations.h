// Memory of this process between inaccessible pages.
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// From now on memory that is wanted on a cache line touches an inaccessible page, straight before
/// its first byte or straight behind its last, which then need not be on a cache line: whoever
/// touches a byte beyond ends the process. Freed, it is inaccessible itself. Where no page can be
/// made so, the process ends, and says why.
///
/// False where the allocator cannot be replaced, as in `allocation_counter_works`.
bool guarded_allocations_start(bool behind);

#ifdef __cplusplus
}
#endif
