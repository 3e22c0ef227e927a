// The program `pack_dataset`, which crops and resizes images once and keeps them in one file.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_pack_dataset_program(int argc, char** argv);

}  // namespace cspgan
