// The kernels for the instructions that the compiler's flags allow everywhere (NEON on ARM).
#ifndef HWY_COMPILE_ONLY_STATIC
#define HWY_COMPILE_ONLY_STATIC
#endif
#define CSPGAN_KERNELS_TARGET HWY_STATIC_TARGET
#define CSPGAN_KERNELS_TABLE baseline_table
#include "kernels/targets/target.inc"
