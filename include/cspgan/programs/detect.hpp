// The program `detect`.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Scores pictures with a trained detector; returns the process's exit code.
int run_detect_program(int argc, char** argv);

}  // namespace cspgan
