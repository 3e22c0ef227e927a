// The program `sample`, which draws pictures from a checkpoint.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_sample_program(int argc, char** argv);

}  // namespace cspgan
