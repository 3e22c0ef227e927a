// What observers share that write files of steps. Private to the library's sources.
#pragma once

#include <cstdint>
#include <vector>

#include "cspgan/core/step_files.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {  // for the other libraries of a shared build
namespace detail {

/// Whether the step that has just ended reached or passed a multiple of `every_kimg`.
bool is_due(std::int64_t& images_before, const TrainerView& trainer, double every_kimg);

/// When a run resumes from an earlier step, the files of later steps are kept under another name, so that neither a
/// resume nor the report takes them for files of this run. Throws Error if a file cannot be renamed.
void set_aside_later(const std::vector<StepFile>& files, std::int64_t step);

/// Writes the grid of a step to samples/, which somebody may have removed, and drops the same picture of a run that was
/// killed. Throws Error.
void write_grid(const RunFolder& folder, std::int64_t step, const Tensor& grid);

}  // namespace detail
}  // namespace cspgan
