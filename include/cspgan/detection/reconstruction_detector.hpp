// Is this picture like the good ones? A model draws it again, and where that fails it is bad.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/device.hpp"
#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/detection/inspection_data.hpp"
#include "cspgan/detection/reconstruction_model.hpp"
#include "cspgan/detection/scoring.hpp"
#include "cspgan/models/checkpoint.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What of a heat map is a picture's score: its mean, or its largest value.
enum class ScoreKind { mse, worst_patch };

template <>
struct EnumNames<ScoreKind> {
  static constexpr std::array names{std::pair{ScoreKind::mse, "mse"}, std::pair{ScoreKind::worst_patch, "worst_patch"}};
};

/// How pictures are scored.
struct ScoreOptions {
  ScoreKind kind = ScoreKind::mse;
  std::int64_t patch = 5;
  bool relative = false;

  static void describe(auto&& self, auto&& field) {
    field("kind", self.kind,
          "mse: the mean squared error of all pixels; worst_patch: that of the square in which it is largest");
    field("patch", self.patch, "side of the squares in pixels, odd, >= 1; also smooths heat maps");
    field("relative", self.relative,
          "divide the error at each place by its mean over good pictures that were not trained on: what is never drawn "
          "well, such as edges, then counts less");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const ScoreOptions&, const ScoreOptions&) = default;
};

/// Of pictures, in their order.
struct Inspection {
  std::vector<double> scores;  // higher: less like the good ones
  Tensor reconstructions;      // uint8 [N, 3, H, W]
  Tensor heat;                 // float32 [N, H, W]: the squared error of values in [0, 1], mean over the channels and
                               // over a patch around each pixel; relative: in units of what good pictures have there
};

/// A trained model, the way it scores, and the score above which a picture is bad. The model is shared, and put into
/// evaluation mode. Not thread-safe.
class ReconstructionDetector {
 public:
  ReconstructionDetector(AnyReconstructionModel model, ScoreOptions score = {}, at::Device device = at::kCPU);

  /// Scores pictures uint8 [N, 3, H, W] of the model's size; `class_of` int64 [N] if the model has classes.
  Inspection inspect(const Tensor& pictures, const Tensor& class_of = {}, const OnProgress& progress = {}) const;
  /// The scores alone, without keeping what is drawn.
  std::vector<double> scores(const Tensor& pictures, const Tensor& class_of = {},
                             const OnProgress& progress = {}) const;

  /// Learns what error good pictures have at each place, for relative scores; does nothing for others. They should be
  /// others than those that choose the threshold. Throws Error if there are none.
  void learn_usual_error(const InspectionPictures& good, const OnProgress& progress = {});
  /// Chooses the threshold by pictures that were not trained on, and returns those that chose it. For relative scores
  /// without a learned error, every second good picture teaches that error, and the others choose. Throws Error if too
  /// few pictures are left for the rule.
  InspectionPictures calibrate(const InspectionPictures& validation, const ThresholdOptions& rule,
                               const OnProgress& progress = {});

  double threshold() const { return threshold_; }
  void set_threshold(double threshold) { threshold_ = threshold; }
  bool is_bad(double score) const { return score > threshold_; }
  const ScoreOptions& score_options() const { return score_; }
  const AnyReconstructionModel& model() const { return model_; }
  /// The names of the model's classes; empty if it has none.
  std::vector<std::string> classes{};
  /// Hashes of the pictures that it was trained on, and of those that chose its threshold (InspectionPictures::hashes):
  /// none of them can test it. Undefined: nobody said.
  Tensor trained_on{}, calibrated_on{};

  /// One file, which load_detector opens; `run` describes where it comes from.
  void save(const std::filesystem::path& path, std::int64_t step, const Value& run) const;

 private:
  friend ReconstructionDetector load_detector(const Checkpoint&, const std::string&);
  struct Scored {
    Tensor drawn, heat, scores;
    Tensor further;  // what is in the scores beside the pixels' error; undefined: nothing
  };
  /// Calls `take` with what the model makes of some pictures after others: reconstructions, heat and scores.
  void for_each_batch(const Tensor& pictures, const Tensor& class_of, const OnProgress& progress,
                      const std::function<void(const Scored&)>& take) const;

  AnyReconstructionModel model_;
  ScoreOptions score_;
  at::Device device_;
  double threshold_ = 0;
  Tensor usual_error_;    // float32 [H, W], of good pictures; undefined if it was not learned
  Tensor usual_further_;  // float32, a scalar: the mean of what their scores have beside that
};

/// The file of a detector: `path`, or detector.safetensors in that folder. Throws Error if the folder has none.
std::filesystem::path detector_file(const std::filesystem::path& path);

/// The same of a checkpoint that is open.
ReconstructionDetector load_detector(const Checkpoint& checkpoint, const std::string& device = "auto");

/// Opens what save() wrote: the file, or a run's folder with detector.safetensors in it. `device` as for a trainer.
/// Throws Error naming the path if it holds no detector, such as a GAN's checkpoint.
ReconstructionDetector load_detector(const std::filesystem::path& path, const std::string& device = "auto");

/// The area under the ROC curve of single pixels: those inside masks are bad. `heat` float32 [N, H, W], `masks` bool of
/// the same shape. Throws Error unless there are pixels of both kinds.
double pixel_auc(const Tensor& heat, const Tensor& masks);

}  // namespace cspgan
