// Keeping the best state.
#include "cspgan/evaluation/best_checkpoint.hpp"

#include <ATen/ops/equal.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/models/checkpoint.hpp"

namespace cspgan {

namespace {

/// Whether two checkpoints have the same state; their runs may have been started at different times.
bool have_same_state(const std::filesystem::path& one, const std::filesystem::path& other) {
  const Checkpoint first = load_checkpoint(one), second = load_checkpoint(other);
  return first.step == second.step &&
         std::ranges::equal(first.state.tensors, second.state.tensors, [](const auto& left, const auto& right) {
           return left.first == right.first && at::equal(left.second, right.second);
         });
}

}  // namespace

void BestCheckpoint::set_aside(std::int64_t step, const std::string& why) const {
  const std::filesystem::path aside = cspgan::set_aside(path());
  warn_(step, fmt::format("{}; it is kept as {}", why, aside.string()));
}

void BestCheckpoint::find(std::int64_t step) {
  best_ = Value();
  if (std::error_code unknown; !std::filesystem::exists(path(), unknown)) return;
  try {
    const Checkpoint checkpoint = load_checkpoint(path());
    const Value* const best = checkpoint.run.find("best");
    if (are_two_runs(run_id_of(checkpoint.run), run_id_of(run_)))
      set_aside(step, "the best checkpoint is another run's");
    else if (checkpoint.step > step)
      set_aside(step, "the best checkpoint is of a later step than the run goes on from");
    else if (best != nullptr)
      best_ = *best;
  } catch (const UnreadableError&) {  // it may be whole
    throw;
  } catch (const Error& error) {
    set_aside(step, error.what());
  }
}

void BestCheckpoint::keep_if_best(const TrainerView& trainer, const MetricValue& metric) {
  if (!std::isfinite(metric.value)) return;
  // All that makes values of a metric comparable.
  Value taken = Value::Object{{"key", metric.key},          {"name", metric.name}, {"reals", metric.real_count},
                              {"fakes", metric.fake_count}, {"data", data_},       {"extractor", extractor_}};
  if (best_.is_object()) {
    Value before = taken;
    before.set("value", best_.at("value"));
    if (!(before == best_))
      set_aside(trainer.step(),
                fmt::format("the best checkpoint was chosen by another metric, or by one computed in another way ({}); "
                            "it is chosen anew",
                            to_json(best_)));
    else if (!metric_info(metric.key).is_better(metric.value, best_.at("value").number()))
      return;
  }
  taken.set("value", metric.value);
  Value run = run_;
  run.set("best", taken);
  TensorFile state;
  trainer.save(state);
  save_checkpoint(path(), std::move(state), trainer.step(), run);
  remove_same_asides(path(), have_same_state);
  best_ = std::move(taken);  // only what has been written is the best so far
}

}  // namespace cspgan
