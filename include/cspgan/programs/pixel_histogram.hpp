// The program `pixel_histogram`, which draws pictures whose pixels know nothing of each other.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_pixel_histogram_program(int argc, char** argv);

}  // namespace cspgan
