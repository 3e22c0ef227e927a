#include "programs/image_notes.hpp"

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include <unordered_map>

#include <cstdio>

#include "cspgan/core/value.hpp"
#include "cspgan/terminal/progress.hpp"
#include "terminal/print.hpp"

namespace cspgan {

namespace {

/// Of the images that could not be read before, those that still cannot: a disk may have been away for a while.
std::vector<SkippedImage> still_bad(std::vector<SkippedImage> earlier, const AnyImageSource& data) {
  if (earlier.empty()) return earlier;
  std::unordered_map<std::string, std::int64_t> places;
  for (std::int64_t i = 0; i < data.size(); ++i) places.emplace(text_in_json(data.name(i)), i);
  std::erase_if(earlier, [&](const SkippedImage& image) {
    const auto place = places.find(text_in_json(image.name));
    if (place == places.end()) return false;
    try {
      data.image(place->second);
      return true;
    } catch (const Error&) {
      return false;
    }
  });
  return earlier;
}

}  // namespace

void watch_bad_images(Loader& loader, const AnyImageSource& data, const RunFolder& folder,
                      std::function<void(const std::string& message)> warn) {
  constexpr std::string_view before = "skipped ";
  std::vector<SkippedImage> earlier;
  for (const std::string& message : folder.warnings_of("skipped"))  // a name may have colons of its own
    for (std::size_t colon = message.find(": "); colon != std::string::npos; colon = message.find(": ", colon + 1))
      if (colon >= before.size())
        earlier.push_back({message.substr(before.size(), colon - before.size()), message.substr(colon + 2)});
  loader.count_bad(still_bad(std::move(earlier), data));
  loader.on_bad_image([warn = std::move(warn), before](const SkippedImage& skipped) {
    warn(fmt::format("{}{}: {}", before, skipped.name, skipped.reason));
  });
}

std::vector<std::string> sentences_of(const ImageNotes& notes, std::int64_t images, std::int64_t image_size) {
  constexpr int dark = 64;           // of 255: what 14 bits come to if the upper 8 of 16 are kept
  constexpr std::int64_t few = 100;  // one image in so many may be flat: there are black ones in large sets
  std::vector<std::string> sentences;
  if (notes.enlarged > 0)
    sentences.push_back(fmt::format(
        "{} of the {} images are smaller than {} pixels and are enlarged, which blurs them; the smallest has {} x {} "
        "(source.min_side leaves them out)",
        notes.enlarged, images, image_size, notes.smallest_width, notes.smallest_height));
  if (notes.brightest < dark)
    sentences.push_back(
        fmt::format("no image has a value above {} of 255: files of 16 bits keep the upper 8 of them, so scale those "
                    "that use fewer bits to the full range",
                    notes.brightest));
  if (notes.flat * few > images)
    sentences.push_back(
        fmt::format("{} of the {} images are nearly constant: their values differ by less than {} of 255", notes.flat,
                    images, ImageNotes::flat_range));
  return sentences;
}

std::vector<std::string> sentences_of(const Tensor& images) {
  if (images.numel() == 0) return {};
  const Tensor pixels = images.flatten(1), brightest = pixels.amax(1);
  return sentences_of(
      ImageNotes{.read = images.size(0),
                 .flat = (brightest - pixels.amin(1) < ImageNotes::flat_range).sum().item<std::int64_t>(),
                 .brightest = brightest.max().item<int>()},
      images.size(0), 0);
}

void ImagesNote::on_step(const TrainerView&, const StepResult&) {
  if (is_said_) return;
  const ImageNotes notes = loader_.notes();
  if (notes.read < loader_.size()) return;
  is_said_ = true;
  for (const std::string& sentence : sentences_of(notes, loader_.size(), image_size_)) {
    erase_progress();
    say(stdout, "{}: {}\n", program_, sentence);
  }
}

}  // namespace cspgan
