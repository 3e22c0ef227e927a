// The command line of `pixel_histogram`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cspgan/evaluation/evaluator.hpp"
#include "programs/open_words.hpp"

namespace cspgan {

struct HistogramCommand {
  std::string data;
  std::int64_t avatars = 0;
  OpenWords open;
  std::filesystem::path checkpoint;
  std::optional<std::int64_t> image_size;
  double smoothing = 0;
  std::int64_t count = 64;
  std::int64_t seed = 0;
  std::optional<std::int64_t> evaluate;  // nothing: a default with a checkpoint, none without
  std::string features = "builtin";
  std::string cache;
  std::string device = "auto";
  int threads = 0;
  std::filesystem::path out = "histogram";

  /// Throws OptionError naming the option.
  void validate() const;
  /// How many images of each kind are measured; 0: none are.
  std::int64_t measured() const { return evaluate.value_or(checkpoint.empty() ? 0 : 1000); }
  EvaluatorOptions evaluator_options(std::int64_t size) const;
};

/// Returns a valid command, or nullopt if the program has nothing left to do (--help, --version). Throws OptionError
/// for wrong usage.
std::optional<HistogramCommand> parse_histogram_command(int argc, char** argv);

}  // namespace cspgan
