// The program `export_generator`, which writes a trained generator for programs without LibTorch.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_export_generator_program(int argc, char** argv);

}  // namespace cspgan
