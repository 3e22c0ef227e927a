// The program `directions`, which finds directions of a generator's latents.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_directions_program(int argc, char** argv);

}  // namespace cspgan
