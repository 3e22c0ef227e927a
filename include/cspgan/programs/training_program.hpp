// A whole training program except for its data: command line, recipe, resuming, run folder, progress and signals.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cspgan/data/image_source.hpp"
#include "cspgan/data/open_images.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What the recipe says of the images to open.
struct DataRequest {
  std::string path;        // the value of --data; empty for programs that need none
  OpenOptions options;     // which of the images, and how they are cut
  std::int64_t count = 0;  // number of images, for programs that draw them
  std::uint64_t seed = 0;  // the run's seed
};

/// What makes one training program different from another.
struct TrainingProgram {
  std::string name;            // as it stands in error lines
  std::string summary;         // first line of --help
  std::string default_recipe;  // name of a built-in recipe
  std::string data_help;       // what --data should point to; empty if the program needs no --data
  std::function<AnyImageSource(const DataRequest&)> open_data;
};

/// Runs it and returns the process's exit code: 0 if the run finished; 130, 143 or 129 if SIGINT, SIGTERM or SIGHUP
/// stopped it (the run is saved and can be resumed); 2 for wrong usage; 1 for everything else.
int run_training_program(const TrainingProgram& program, int argc, char** argv);

}  // namespace cspgan
