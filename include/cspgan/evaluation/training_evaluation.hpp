// How a generator is evaluated while it is trained.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/data/partition.hpp"
#include "cspgan/metrics/evaluation.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct TrainingEvaluationOptions {
  double every_kimg = 0;
  std::int64_t count = 2000;
  std::int64_t real_count = 10'000;
  Partition partition = Partition::train;
  std::string features = "builtin";
  std::vector<Metric> metrics{Metric::fid, Metric::kid, Metric::prdc, Metric::one_nn};
  std::string best = "fid";

  static void describe(auto&& self, auto&& field) {
    field("every_kimg", self.every_kimg, "thousands of images between two evaluations, >= 0.001; 0: none");
    field("count", self.count, "number of generated images, from the same latents each time, >= 2");
    field("real_count", self.real_count, "number of real images that they are compared with, >= 2; 0: all");
    field("partition", self.partition, "part of the images that the real ones are from");
    field("features", self.features,
          "feature extractor: builtin, or the path of a TorchScript network such as inception-2015-12-05.pt");
    field("metrics", self.metrics, "list of the metrics to compute");
    field("best", self.best, "metric by which checkpoints/best.safetensors is chosen: fid, kid, precision, ...");
  }
  /// Throws OptionError naming the value.
  void validate() const;
  /// Throws OptionError if `images`, the number of real images, is too small for the metrics.
  void require_images(std::int64_t images) const;
  /// The options with which the metrics are computed.
  EvaluationOptions evaluation_options() const;
  friend bool operator==(const TrainingEvaluationOptions&, const TrainingEvaluationOptions&) = default;
};

}  // namespace cspgan
