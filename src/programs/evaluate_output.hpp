// What `evaluate` prints and writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/evaluation/feature_maker.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/models/sampler.hpp"
#include "programs/evaluate_command.hpp"

namespace cspgan {

/// What is compared: a folder's images with those of a checkpoint or of another folder.
struct Compared {
  std::string checkpoint;  // its file's name; empty if the fakes are from a folder
  std::int64_t step = 0;   // of the checkpoint
  std::optional<Sampler> sampler;
  std::optional<ImageFolder> fakes;
  std::optional<ImageFolder> reals;
  std::int64_t image_size = 0;  // 0: as they are
};

/// One line a metric, with its spread and the counts.
void print_evaluation(const Evaluation& evaluation, std::int64_t image_size);

/// To the file of --json, if there is one.
void write_evaluation(const EvaluateCommand& command, const Evaluation& evaluation, const Compared& compared,
                      const ImageFeatures& reals, const ImageFeatures& fakes);

/// Into the folder of --pictures, if there is one.
void draw_evaluation(const EvaluateCommand& command, const Compared& compared, const ImageFeatures& reals,
                     const ImageFeatures& fakes);

}  // namespace cspgan
