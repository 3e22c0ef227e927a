// The command line of `evaluate`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cspgan/evaluation/evaluator.hpp"
#include "programs/generator_words.hpp"
#include "programs/open_words.hpp"

namespace cspgan {

struct EvaluateCommand : GeneratorWords {
  bool avatars = false;
  std::string fake;
  std::string data;
  OpenWords open;
  std::string features = "builtin";
  bool is_inception = false;
  std::string resizing = "none";
  std::string metrics = "fid,kid,prdc,one_nn,diversity";
  std::int64_t count = 10'000;
  std::int64_t real_count = 0;
  std::int64_t image_size = 0;
  std::int64_t neighbors = 5;
  std::int64_t subsets = 100;
  std::int64_t subset_size = 1000;
  std::int64_t seed = 0;
  std::int64_t batch_size = 32;
  std::string cache;
  std::filesystem::path json;
  std::filesystem::path pictures;
  std::string typed;  // the command line as typed in a shell

  /// Throws OptionError naming the option.
  void validate() const;
  EvaluatorOptions evaluator_options() const;
};

/// Returns a valid command, or nullopt if the program has nothing left to do (--help, --version). Throws OptionError
/// for wrong usage.
std::optional<EvaluateCommand> parse_evaluate_command(int argc, char** argv);

}  // namespace cspgan
