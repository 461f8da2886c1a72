#include "frugal_kernels.h"

#if defined(__x86_64__)

// Bits of MXCSR: results that would be denormal become zero, and operands that are count as zero.
enum { FLUSH_TO_ZERO = 1 << 15, DENORMALS_ARE_ZERO = 1 << 6 };

uint64_t frugal_float_mode(void) { return __builtin_ia32_stmxcsr(); }
void frugal_set_float_mode(uint64_t mode) { __builtin_ia32_ldmxcsr((unsigned)mode); }
uint64_t frugal_flushing_denormals(uint64_t mode) {
  return mode | FLUSH_TO_ZERO | DENORMALS_ARE_ZERO;
}

#elif defined(__aarch64__)

// A bit of FPCR, for operands and results.
enum { FLUSH_TO_ZERO = 1 << 24 };

uint64_t frugal_float_mode(void) { return __builtin_arm_rsr64("FPCR"); }
void frugal_set_float_mode(uint64_t mode) { __builtin_arm_wsr64("FPCR", mode); }
uint64_t frugal_flushing_denormals(uint64_t mode) { return mode | FLUSH_TO_ZERO; }

#else

uint64_t frugal_float_mode(void) { return 0; }
void frugal_set_float_mode(uint64_t mode) { (void)mode; }
uint64_t frugal_flushing_denormals(uint64_t mode) { return mode; }

#endif
