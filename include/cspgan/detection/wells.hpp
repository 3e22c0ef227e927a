// The built-in data set for detectors: cups on a plate, good ones and defective ones, with complete ground truth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/data/labels.hpp"
#include "cspgan/detection/well_appearance.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Which pictures of wells the data set holds, and their size.
struct WellOptions {
  std::uint64_t seed = 0;
  std::int64_t count = 10000;
  std::int64_t height = 48;
  std::int64_t width = 27;
  double bad_share = 0;
  std::vector<double> defect_weights{};
  double difficulty = 1;

  static void describe(auto&& self, auto&& field) {
    field("seed", self.seed, "seed of the pictures");
    field("count", self.count, "number of pictures, >= 1");
    field("height", self.height, "of the pictures in pixels, in [8, 2048]");
    field("width", self.width, "of the pictures in pixels, in [8, 2048]; neither side is over 4 times the other");
    field("bad_share", self.bad_share, "share of pictures with a defect, in [0, 1]");
    field("defect_weights", self.defect_weights,
          "how likely a leak, a chip, a missing lid and a hair are among them: 4 weights, or none for equally likely");
    field("difficulty", self.difficulty,
          "how small and faint the defects are, in [0, 10]: obvious at 0, hardly visible at 3; changes nothing else");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const WellOptions&, const WellOptions&) = default;
};

/// Draws cups on a plate: uint8 [3, height, width]. The figure is the same at each size of the same proportions. They
/// stand in two columns or rows, or in one if a side is at least 1.5 times the other; along the longer side as many as
/// keep their cells nearly square: 2 x 2 in a square, two in a column at 48 x 27. Throws OptionError if a side is
/// outside [8, 2048] or over 4 times the other, and as the appearance's validate() does.
Tensor draw_well(const WellAppearance& appearance, std::int64_t height, std::int64_t width);

/// A defect changes a picture where the value of any channel differs by more than this many levels of 255.
inline constexpr int well_mask_levels = 4;

/// Where the defect changes the picture: uint8 [height, width], 1 where what draw_well draws with and without it
/// differs by more than well_mask_levels, else 0. Throws as draw_well does.
Tensor well_mask(const WellAppearance& appearance, std::int64_t height, std::int64_t width);

/// An ImageSource whose images are functions of (seed, index); it needs no files and no download. The same index has
/// the same cups, light and dust whatever the share of bad pictures and their difficulty.
class Wells {
 public:
  /// Throws OptionError as the options' validate() does.
  explicit Wells(WellOptions options = {});

  const WellOptions& options() const { return options_; }
  /// Number of images.
  std::int64_t size() const { return options_.count; }
  /// uint8 [3, height, width]; throws Error, as all of these do, for an index outside [0, size()).
  Tensor image(std::int64_t index) const { return draw_well(appearance(index), options_.height, options_.width); }
  std::string name(std::int64_t index) const { return "well " + std::to_string(index); }
  /// One column, `defect`.
  Labels labels() const;
  /// A hash of the options and of the version of the drawings.
  std::string fingerprint() const;

  /// The ground truth of one image.
  WellAppearance appearance(std::int64_t index) const;
  Defect defect(std::int64_t index) const;
  /// uint8 [height, width], as well_mask; all 0 for a good picture.
  Tensor mask(std::int64_t index) const { return well_mask(appearance(index), options_.height, options_.width); }

 private:
  WellOptions options_;
};

}  // namespace cspgan
