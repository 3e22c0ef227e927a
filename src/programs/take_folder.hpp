// Makes a folder a run's.
#pragma once

#include <cstdint>
#include <optional>

#include "cspgan/runs/run_folder.hpp"

namespace cspgan {

/// Makes the folder ready for the run, which is new or begins at `step`. Sets aside what it does not go on with: all of
/// another run if `replaces_other`. Throws Error, before anything is changed if a new run would overwrite something.
void take_folder(const RunFolder& folder, bool replaces_other, std::optional<std::int64_t> step);

}  // namespace cspgan
