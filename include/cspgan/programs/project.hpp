// The program `project`, which searches the latents of given pictures.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_project_program(int argc, char** argv);

}  // namespace cspgan
