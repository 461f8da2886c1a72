// What stands in front of glibc's allocator.
#pragma once

#include <stdbool.h>
#include <stddef.h>

/// Memory that touches an inaccessible page; NULL where none is wanted. Ends the process
/// where it cannot be had.
void *allocate_guarded(size_t alignment, size_t size);

/// Whether a block was one of `allocate_guarded`; then it is no more.
bool free_guarded(void *block);
