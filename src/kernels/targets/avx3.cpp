// The kernels for AVX-512.
#define CSPGAN_KERNELS_TARGET HWY_AVX3
#define CSPGAN_KERNELS_TABLE avx3_table
#include "kernels/targets/target.inc"
