// The kernels of each instruction set; null if this build has none, as of AVX2 on ARM.
#pragma once

#include "kernels/table.hpp"

namespace cspgan::kernels {

const Table* baseline_table();  // never null: what every processor of this architecture has
const Table* sse4_table();
const Table* avx2_table();
const Table* avx3_table();  // AVX-512

}  // namespace cspgan::kernels
