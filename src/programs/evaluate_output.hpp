// The output of `evaluate`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/data/image_source.hpp"
#include "cspgan/evaluation/feature_maker.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/models/sampler.hpp"
#include "programs/evaluate_command.hpp"

namespace cspgan {

/// The two sets that are compared: real images from a folder, and fakes from a checkpoint or from another folder.
struct Compared {
  std::string checkpoint;  // the checkpoint's file name; empty if the fakes are from a folder
  std::int64_t step = 0;   // of the checkpoint
  std::optional<Sampler> sampler;
  std::optional<AnyImageSource> fakes;
  std::optional<AnyImageSource> reals;
  std::int64_t image_size = 0;  // 0: as they are
};

/// Prints one line per metric, with its spread and the counts.
void print_evaluation(const Evaluation& evaluation, std::int64_t image_size);

/// Prints one line per metric, with a column of values for each kind of fakes. All were compared with the same reals.
void print_evaluations(const std::vector<std::pair<std::string, Evaluation>>& kinds, std::int64_t image_size);

/// Writes the evaluation to the file of --json, if one is given.
void write_evaluation(const EvaluateCommand& command, const Evaluation& evaluation, const Compared& compared,
                      const ImageFeatures& reals, const ImageFeatures& fakes);

/// Draws the pictures into the folder of --pictures, if one is given.
void draw_evaluation(const EvaluateCommand& command, const Compared& compared, const ImageFeatures& reals,
                     const ImageFeatures& fakes);

}  // namespace cspgan
