#include "programs/image_notes.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cspgan/terminal/progress.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void watch_bad_images(Loader& loader, const RunFolder& folder, std::function<void(const std::string& message)> warn) {
  constexpr std::string_view before = "skipped ";
  std::vector<SkippedImage> earlier;
  for (const std::string& message : folder.warnings_of("skipped"))  // a name may have colons of its own
    for (std::size_t colon = message.find(": "); colon != std::string::npos; colon = message.find(": ", colon + 1))
      if (colon >= before.size())
        earlier.push_back({message.substr(before.size(), colon - before.size()), message.substr(colon + 2)});
  loader.count_bad(earlier);
  loader.on_bad_image([warn = std::move(warn), before](const SkippedImage& skipped) {
    warn(fmt::format("{}{}: {}", before, skipped.name, skipped.reason));
  });
}

void EnlargedNote::on_step(const TrainerView& trainer, const StepResult&) {
  if (is_said_ || trainer.images() - first_ < loader_.size()) return;
  is_said_ = true;
  const EnlargedImages enlarged = loader_.enlarged();
  if (enlarged.count == 0) return;
  erase_progress();
  say(stdout,
      "{}: {} of the {} images are smaller than {} pixels and are enlarged, which blurs them; the smallest has {} x {} "
      "(source.min_side leaves them out)\n",
      program_, enlarged.count, loader_.size(), image_size_, enlarged.width, enlarged.height);
}

}  // namespace cspgan
