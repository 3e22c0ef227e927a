// The program `style_generator`, which counts styles, tells their probabilities, and draws avatars of them.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Runs the program with its command line. Returns the process's exit code.
int run_style_generator_program(int argc, char** argv);

}  // namespace cspgan
