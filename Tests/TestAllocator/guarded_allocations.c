#define _GNU_SOURCE
#include "guarded_allocations.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocation_counter.h"
#include "allocator.h"

// Addresses, not memory: never used twice, so that what was freed stays inaccessible.
static const size_t arena_bytes = (size_t)1 << 36;
static const size_t guarded_alignment = 64;

static atomic_bool is_behind;
static _Atomic(char *) arena;
static atomic_size_t used;

bool guarded_allocations_start(bool behind) {
  if (!allocation_counter_works()) return false;
  atomic_store(&is_behind, behind);
  if (atomic_load(&arena)) return true;
  void *addresses =
      mmap(NULL, arena_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (addresses == MAP_FAILED) return false;
  atomic_store(&arena, addresses);
  return true;
}

static size_t page_bytes(void) { return (size_t)sysconf(_SC_PAGESIZE); }

// Tests would pass on memory without guards, so there is none. Nothing here may allocate: it is
// the allocator that calls.
static _Noreturn void give_up(const char *why) {
  write(STDERR_FILENO, why, strlen(why));
  abort();
}

static void protect(char *pages, size_t bytes, int access) {
  if (mprotect(pages, bytes, access) != 0) give_up("guarded allocations: mprotect failed\n");
}

// A page that holds the size, a guard, the memory, a guard.
void *allocate_guarded(size_t alignment, size_t size) {
  char *start = atomic_load(&arena);
  if (!start || alignment != guarded_alignment) return NULL;
  const size_t page = page_bytes();
  const size_t inner = (size + page - 1) / page * page;
  const size_t first = atomic_fetch_add(&used, inner + 3 * page);
  if (first + inner + 3 * page > arena_bytes) {
    give_up("guarded allocations: no addresses are left\n");
  }
  char *memory = start + first + 2 * page;
  protect(start + first, page, PROT_READ | PROT_WRITE);
  protect(memory, inner, PROT_READ | PROT_WRITE);
  memcpy(start + first, &inner, sizeof inner);
  return atomic_load(&is_behind) ? memory + inner - size : memory;
}

bool free_guarded(void *block) {
  char *start = atomic_load(&arena);
  if (!start || (char *)block < start || (char *)block >= start + arena_bytes) return false;
  const size_t page = page_bytes();
  char *memory = start + (size_t)((char *)block - start) / page * page;
  char *head = memory - 2 * page;
  size_t inner;
  memcpy(&inner, head, sizeof inner);
  const size_t all = inner + 2 * page;
  madvise(head, all, MADV_DONTNEED);
  protect(head, all, PROT_NONE);
  return true;
}
