// The program `evaluate`, which compares fakes from a checkpoint or a folder with real images.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_evaluate_program(int argc, char** argv);

}  // namespace cspgan
