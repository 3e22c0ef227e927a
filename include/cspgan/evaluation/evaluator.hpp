// Computes the metrics of a generator, or of a folder of images, against real images.
//
//   cspgan::Evaluator evaluator(cspgan::ImageFolder("faces"), {.features = "builtin", .image_size = 64});
//   const cspgan::Evaluation result = evaluator.evaluate(sampler);
//   result.metric("fid").value;
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/evaluation/feature_maker.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/models/sampler.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct EvaluatorOptions {
  std::string features = "builtin";  // or the path of a TorchScript network, such as inception-2015-12-05.pt
  bool is_inception = false;         // `features` is the Inception network of the FID, whatever its checksum
  Resizing resizing = Resizing::none;
  std::int64_t image_size = 0;       // images are cropped to a square of this size first; 0: as they are
  std::int64_t count = 10'000;       // number of fakes; all images of a folder if it has fewer, or if 0
  std::int64_t real_count = 0;       // number of reals; all images if there are fewer, or if 0
  std::uint64_t seed = 0;            // seed of the choice of images and of a generator's latents
  std::int64_t batch_size = 32;      // >= 1
  std::string device = "auto";       // auto, cpu, cuda or cuda:<index>
  std::filesystem::path cache = {};  // folder in which features of files are cached; empty: no cache
  EvaluationOptions evaluation = {};
};

/// Compares fakes with one set of real images, whose features are computed once. Prints nothing. Do not use an object
/// from several threads at once.
class Evaluator {
 public:
  /// Throws OptionError naming an option that is out of range, Error if there is no such network.
  explicit Evaluator(AnyImageSource reals, EvaluatorOptions options = {}, EvaluatorHooks hooks = {});

  /// All metrics that the options ask for, and all warnings. Throws OptionError if there are too few images, before any
  /// are read.
  Evaluation evaluate(const Sampler& fakes);
  Evaluation evaluate(const AnyImageSource& fakes);

  // The same in steps, for callers that need the features or the names of the images.
  const ImageFeatures& reals();  // computed by the first call
  ImageFeatures features_of(const Sampler& fakes);
  ImageFeatures features_of(const AnyImageSource& fakes);
  Evaluation compare(const ImageFeatures& fakes);

  const EvaluatorOptions& options() const { return options_; }

 private:
  void require_enough(std::int64_t fakes) const;
  bool with_probabilities() const { return needs_probabilities(options_.evaluation.metrics); }

  EvaluatorOptions options_;
  EvaluatorHooks hooks_;
  FeatureMaker maker_;
  AnyImageSource images_;
  std::optional<ImageFeatures> reals_;
};

}  // namespace cspgan
