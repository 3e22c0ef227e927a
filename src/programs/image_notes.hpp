// What a run says of its images while it reads them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/data/loader.hpp"
#include "cspgan/runs/run_folder.hpp"
#include "cspgan/training/observer.hpp"

namespace cspgan {

/// Tells `warn` of each bad image once in the run: those that were bad before a resume, which the folder's warnings
/// hold, count, and are not said again.
void watch_bad_images(Loader& loader, const AnyImageSource& data, const RunFolder& folder,
                      std::function<void(const std::string& message)> warn);

/// What to say of images that were too small, too dark or nearly constant: a sentence each.
std::vector<std::string> sentences_of(const ImageNotes& notes, std::int64_t images, std::int64_t image_size);

/// The same of images in memory, uint8 [N, 3, H, W], of which it is not known whether they were too small.
std::vector<std::string> sentences_of(const Tensor& images);

/// Says it once, when the process has read all images.
class ImagesNote final : public Observer {
 public:
  ImagesNote(std::string_view program, const Loader& loader, std::int64_t image_size)
      : program_(program), loader_(loader), image_size_(image_size) {}
  void on_step(const TrainerView& trainer, const StepResult& result) override;

 private:
  std::string_view program_;
  const Loader& loader_;
  std::int64_t image_size_;
  bool is_said_ = false;
};

}  // namespace cspgan
