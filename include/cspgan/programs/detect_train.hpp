// The program `detect_train`.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// Trains a detector on good pictures, chooses its threshold and tests it; returns the process's exit code.
int run_detect_train_program(int argc, char** argv);

}  // namespace cspgan
