// checkpoints/best.safetensors: the state of a run whose metric is the best so far.
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
  /// `run`: what checkpoints say of the run; `data`: the fingerprint of the real images; `extractor`: its identity;
  /// `warn`: told why an older best is set aside.
  BestCheckpoint(RunFolder folder, Value run, std::string data, std::string extractor,
                 std::function<void(std::int64_t step, const std::string& message)> warn)
      : folder_(std::move(folder)),
        run_(std::move(run)),
        data_(std::move(data)),
        extractor_(std::move(extractor)),
        warn_(std::move(warn)) {}

  std::filesystem::path path() const { return folder_.checkpoints() / "best.safetensors"; }

  /// Takes up what the file says of itself, if it is whole and of this run up to `step`; else sets it aside, under a
  /// name of its own.
  void find(std::int64_t step);
  /// Writes the trainer's state if the metric, taken in the same way, was never better. Throws Error naming the path.
  void keep_if_best(const TrainerView& trainer, const MetricValue& metric);

 private:
  void set_aside(std::int64_t step, const std::string& why) const;

  RunFolder folder_;
  Value run_;
  std::string data_, extractor_;
  std::function<void(std::int64_t, const std::string&)> warn_;
  Value best_;  // null, or what the file says of itself: the metric, its value and how it was taken
};

}  // namespace cspgan
