#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif
#include "frugal_kernels.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

void frugal_spin_hint(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

void frugal_processor_name(char name[49]) {
  char text[49] = {0};
#if defined(__x86_64__)
  unsigned words[12] = {0}, highest = 0, unused;
  if (__get_cpuid(0x80000000u, &highest, &unused, &unused, &unused) && highest >= 0x80000004u) {
    for (unsigned leaf = 0; leaf < 3; leaf++)
      __get_cpuid(0x80000002u + leaf, &words[4 * leaf], &words[4 * leaf + 1], &words[4 * leaf + 2],
                  &words[4 * leaf + 3]);
    memcpy(text, words, 48);
  }
#endif
  // Vendors pad with spaces on either side.
  const char *start = text + strspn(text, " ");
  size_t length = strlen(start);
  while (length > 0 && start[length - 1] == ' ') length--;
  if (length == 0) start = "unknown", length = strlen(start);
  memcpy(name, start, length);
  name[length] = 0;
}

int frugal_usable_processors(void) {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
  return 0;
}

int frugal_current_processor(void) {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

void frugal_leave_processor(int processor) {
#if defined(__linux__)
  cpu_set_t usable, others;
  if (sched_getaffinity(0, sizeof usable, &usable) != 0) return;
  others = usable;
  CPU_CLR(processor, &others);
  // Refused when no processor is left. The system moves the thread at once, and may later move it
  // back.
  if (sched_setaffinity(0, sizeof others, &others) == 0)
    sched_setaffinity(0, sizeof usable, &usable);
#endif
}
