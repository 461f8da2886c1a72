// One table of kernels per level, filled from every family's kernels.inc.
#include "frugal_kernels.h"

#include "machine/burst.h"

// clang-format off
#define FRUGAL_KERNEL(family, kernel, LEVEL, level) \
  frugal_##kernel##_function frugal_##kernel##_##level;
#include "displacement/kernels.inc"
#include "depthwise/kernels.inc"
#include "matmul/kernels.inc"
#include "signed_sums/kernels.inc"
#include "elementwise/kernels.inc"
#include "pooling/kernels.inc"
#include "bits/kernels.inc"
#include "machine/kernels.inc"
#undef FRUGAL_KERNEL

// Later initializers of the same kernel win: a level has those of the one below but for its own.
#pragma clang diagnostic ignored "-Winitializer-overrides"
#define INHERIT_PORTABLE(kernel)
#define INHERIT_AVX2(kernel) [FRUGAL_LEVEL_AVX512].kernel = frugal_##kernel##_avx2,
#define INHERIT_AVX512(kernel)

static const frugal_kernels tables[FRUGAL_LEVEL_COUNT] = {
  [FRUGAL_LEVEL_PORTABLE].name = "portable",
  [FRUGAL_LEVEL_PORTABLE].fma_burst_flops = FMA_BURST_FLOPS,
  [FRUGAL_LEVEL_AVX2].name = "avx2",
  [FRUGAL_LEVEL_AVX2].fma_burst_flops = FMA_BURST_FLOPS,
  [FRUGAL_LEVEL_AVX512].name = "avx512",
  [FRUGAL_LEVEL_AVX512].fma_burst_flops = FMA_BURST_FLOPS,
#define FRUGAL_KERNEL(family, kernel, LEVEL, level) INHERIT_##LEVEL(kernel)
#include "displacement/kernels.inc"
#include "depthwise/kernels.inc"
#include "matmul/kernels.inc"
#include "signed_sums/kernels.inc"
#include "elementwise/kernels.inc"
#include "pooling/kernels.inc"
#include "bits/kernels.inc"
#include "machine/kernels.inc"
#undef FRUGAL_KERNEL
#define FRUGAL_KERNEL(family, kernel, LEVEL, level) \
  [FRUGAL_LEVEL_##LEVEL].kernel = frugal_##kernel##_##level,
#include "displacement/kernels.inc"
#include "depthwise/kernels.inc"
#include "matmul/kernels.inc"
#include "signed_sums/kernels.inc"
#include "elementwise/kernels.inc"
#include "pooling/kernels.inc"
#include "bits/kernels.inc"
#include "machine/kernels.inc"
#undef FRUGAL_KERNEL
};

static const frugal_kernel_entry entries[] = {
#define FRUGAL_KERNEL(family, kernel, LEVEL, level) {#family, #kernel, FRUGAL_LEVEL_##LEVEL},
#include "displacement/kernels.inc"
#include "depthwise/kernels.inc"
#include "matmul/kernels.inc"
#include "signed_sums/kernels.inc"
#include "elementwise/kernels.inc"
#include "pooling/kernels.inc"
#include "bits/kernels.inc"
#include "machine/kernels.inc"
#undef FRUGAL_KERNEL
};
// clang-format on

const frugal_kernel_entry *frugal_kernel_entries(ptrdiff_t *count) {
  *count = (ptrdiff_t)(sizeof entries / sizeof entries[0]);
  return entries;
}

static int runs(frugal_level level) {
  if (level == FRUGAL_LEVEL_PORTABLE) return 1;
#if defined(__x86_64__)
  const int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                   __builtin_cpu_supports("f16c") && __builtin_cpu_supports("popcnt") &&
                   __builtin_cpu_supports("bmi2");
  if (level == FRUGAL_LEVEL_AVX2) return avx2;
  if (level == FRUGAL_LEVEL_AVX512)
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512vpopcntdq");
#endif
  return 0;
}

const frugal_kernels *frugal_kernels_at(frugal_level level) {
  return (unsigned)level < FRUGAL_LEVEL_COUNT && runs(level) ? &tables[level] : 0;
}
