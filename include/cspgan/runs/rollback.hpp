// Going back to the last good checkpoint when a value is not finite.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/batch_source.hpp"
#include "cspgan/training/observer.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// How often to go back, and who is told.
struct RollbackOptions {
  std::int64_t most = 0;     // times in the whole run; 0: never
  std::int64_t earlier = 0;  // of them, those before a resume
  std::function<void(const std::string&)> rolled_back =
      {};                                                // told of each time: what was not finite, and where it goes on
  std::function<void(const std::string&)> damaged = {};  // told of each newer checkpoint that cannot be used
};

namespace detail {
/// The error with what can be done about it.
[[noreturn]] void fail_not_finite(const NonFiniteError& error, const RunFolder& folder);
std::string rollback_sentence(const NonFiniteError& error, const Checkpoint& checkpoint, std::int64_t time,
                              std::int64_t most);
}  // namespace detail

/// Trains as Trainer::fit does. At a NonFiniteError it loads the folder's newest good checkpoint and goes on from there
/// with other random numbers, `most` times at most; the observers are told as at a resume. Throws NonFiniteError's
/// message as an Error that names the last good checkpoint if it may not go back any more, or has none to go back to.
template <class Trainer, BatchSource Batches>
RunSummary fit_with_rollback(Trainer& trainer, Batches& batches, const RunOptions& run, const Observers& observers,
                             const RunFolder& folder, const RollbackOptions& options) {
  for (std::int64_t time = options.earlier + 1;; ++time) {
    try {
      return trainer.fit(batches, run, observers);
    } catch (const NonFiniteError& error) {
      if (time > options.most || folder.own_checkpoints().empty()) detail::fail_not_finite(error, folder);
      const auto checkpoint = load_latest_checkpoint(folder.checkpoints(), options.damaged, folder.run_id());
      trainer.load(checkpoint->state);
      trainer.draw_anew(mix_seeds({static_cast<std::uint64_t>(time), static_cast<std::uint64_t>(checkpoint->step)}));
      if (options.rolled_back) options.rolled_back(detail::rollback_sentence(error, *checkpoint, time, options.most));
    }
  }
}

}  // namespace cspgan
