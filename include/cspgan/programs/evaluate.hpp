// The program `evaluate`: metrics of fakes, from a checkpoint or a folder, against real images.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Its command line and all the rest. Returns the process's exit code.
int run_evaluate_program(int argc, char** argv);

}  // namespace cspgan
