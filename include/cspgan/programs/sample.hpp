// The program `sample`: pictures from a checkpoint.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Its command line and all the rest. Returns the process's exit code.
int run_sample_program(int argc, char** argv);

}  // namespace cspgan
