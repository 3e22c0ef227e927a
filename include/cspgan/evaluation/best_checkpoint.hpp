// checkpoints/best.safetensors: the state of a run at the step with the best metric so far.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "cspgan/core/value.hpp"
#include "cspgan/metrics/evaluation.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

class BestCheckpoint {
 public:
  /// `run` is the description of the run that checkpoints hold, `data` the fingerprint of the real images, and
  /// `extractor` the identity of the feature extractor. `warn` is called with the reason if an older best checkpoint is
  /// set aside.
  BestCheckpoint(RunFolder folder, Value run, std::string data, std::string extractor,
                 std::function<void(std::int64_t step, const std::string& message)> warn)
      : folder_(std::move(folder)),
        run_(std::move(run)),
        data_(std::move(data)),
        extractor_(std::move(extractor)),
        warn_(std::move(warn)) {}

  std::filesystem::path path() const { return folder_.best_checkpoint(); }

  /// Reads the metric of an existing file if it is intact and not from a later step than `step`. Otherwise renames the
  /// file, so that it is kept beside the new one.
  void find(std::int64_t step);
  /// Writes the trainer's state if the metric is better than before, or if the older one was computed in another way.
  /// Ignores a value that is not finite. Throws Error naming the path if the file cannot be written.
  void keep_if_best(const TrainerView& trainer, const MetricValue& metric);

 private:
  void set_aside(std::int64_t step, const std::string& why) const;

  RunFolder folder_;
  Value run_;
  std::string data_, extractor_;
  std::function<void(std::int64_t, const std::string&)> warn_;
  Value best_;  // null, or the metric of the file: its value and how it was computed
};

}  // namespace cspgan
