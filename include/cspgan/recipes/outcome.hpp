// What runs of a recipe reached, as its file says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// One measurement of a recipe; a list has a number for each seed. What was measured is explained in
/// docs/experiments.md: the Fréchet distance and the recall, or of generators of avatars the styles that they cover.
struct Outcome {
  std::string data{};           // "CelebA", "avatars"
  std::int64_t images = 0;      // of the data; 0 if unknown or without end, like batch_size
  std::int64_t image_size = 0;  // pixels
  double kimg = 0;              // thousands of images shown
  std::int64_t batch_size = 0;
  std::vector<double> distance;  // Fréchet distance; empty if no run could be measured
  std::vector<double> recall;
  std::vector<std::int64_t> styles;  // covered by 2,000 generated avatars
  std::string remark{};              // "collapsed", "failed", or nothing

  static void describe(auto&& self, auto&& field) {
    field("data", self.data, "what it was trained on");
    field("images", self.images, "how many images that has");
    field("image_size", self.image_size, "width and height in pixels");
    field("kimg", self.kimg, "thousands of images shown");
    field("batch_size", self.batch_size, "images per step");
    field("distance", self.distance, "Fréchet distance of each seed");
    field("recall", self.recall, "recall of each seed");
    field("styles", self.styles, "styles that 2,000 generated avatars of each seed cover");
    field("remark", self.remark, "collapsed or failed");
  }

  /// Throws OptionError if the size or the length is missing or negative.
  void validate() const;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// "CelebA (4,400 images), 32 pixels, 100 kimg, batch 8: Fréchet distance 18.5, 20.2, recall 0.14, 0.17".
std::string outcome_text(const Outcome& outcome);

/// The outcome at this image size, on avatars or on photographs, whose length is closest, as a ratio; nullptr if there
/// is none.
const Outcome* closest_outcome(const std::vector<Outcome>& outcomes, bool avatars, std::int64_t image_size,
                               double kimg);

}  // namespace cspgan
