// The kernels for AVX2 with fused multiply-add.
#define CSPGAN_KERNELS_TARGET HWY_AVX2
#define CSPGAN_KERNELS_TABLE avx2_table
#include "kernels/targets/target.inc"
