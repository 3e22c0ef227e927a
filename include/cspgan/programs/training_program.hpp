// A whole training program but for its data: command line, recipe, resume, run folder, progress, signals.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cspgan/data/image_source.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What the recipe says of the images that are to be opened.
struct DataRequest {
  std::string path;  // what --data says; empty for programs that need none
  Partition partition = Partition::train;
  std::int64_t image_size = 0;  // what they will be resized to
  std::int64_t count = 0;       // of drawn images: how many
  std::uint64_t seed = 0;       // the run's
};

/// What makes one training program different from another.
struct TrainingProgram {
  std::string name;            // as in error lines
  std::string summary;         // first line of --help
  std::string default_recipe;  // name of a built-in recipe
  std::string data_help;       // what --data is to point to; empty if the program needs no --data
  std::function<AnyImageSource(const DataRequest&)> open_data;
};

/// Runs it and returns the process's exit code: 0 when finished, 130 or 143 after a signal (the run is saved and can be
/// resumed), 2 for wrong usage, 1 for all else.
int run_training_program(const TrainingProgram& program, int argc, char** argv);

}  // namespace cspgan
