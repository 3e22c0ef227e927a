// The kernels for SSE4.2.
#define CSPGAN_KERNELS_TARGET HWY_SSE4
#define CSPGAN_KERNELS_TABLE sse4_table
#include "kernels/targets/target.inc"
