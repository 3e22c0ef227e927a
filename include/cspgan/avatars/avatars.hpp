// The built-in data set: faces drawn by the library, with complete ground truth.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/avatars/avatar_appearance.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/data/labels.hpp"
#include "cspgan/density/categorical_model.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The relative frequency of each value of each feature, in the order of its enumeration; weights need not sum to 1. An
/// empty list makes all values equally likely. Features are independent of each other.
struct AvatarWeights {
  std::vector<double> hair = {};
  std::vector<double> hair_color = {};
  std::vector<double> glasses = {};
  std::vector<double> clothes = {};
  std::vector<double> clothes_color = {};

  static void describe(auto&& self, auto&& field) {
    field("hair", self.hair, "7 weights, or none for uniform");
    field("hair_color", self.hair_color, "6 weights, or none for uniform");
    field("glasses", self.glasses, "3 weights, or none for uniform");
    field("clothes", self.clothes, "4 weights, or none for uniform");
    field("clothes_color", self.clothes_color, "8 weights, or none for uniform");
  }
  /// Throws OptionError for a list of the wrong length, a negative weight, or weights that are all zero.
  void validate() const;
  /// The probability of a style: the product of its features' probabilities.
  double probability(const AvatarStyle& style) const;
  friend bool operator==(const AvatarWeights&, const AvatarWeights&) = default;
};

/// The style features of avatars and their values, without counts.
std::vector<CategoricalFeature> avatar_features();

/// A model of styles as the distribution of a data set. Features that the model lacks are uniform. Throws OptionError
/// for a feature or a value that avatars do not have.
AvatarWeights avatar_weights(const CategoricalModel& model);

/// What was observed on 50 people: the published counts of a Bayes generator of avatar styles, smoothed by 1.
CategoricalModel observed_avatar_styles();

/// Which avatars the data set holds, and their size.
struct AvatarOptions {
  std::uint64_t seed = 0;
  std::int64_t count = 10000;
  std::int64_t image_size = 64;
  AvatarWeights weights = {};

  static void describe(auto&& self, auto&& field) {
    field("seed", self.seed, "seed of the faces");
    field("count", self.count, "number of faces");
    field("image_size", self.image_size, "side of the pictures in pixels, in [8, 2048]");
    field("weights", self.weights, "how likely each value of each labeled feature is");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const AvatarOptions&, const AvatarOptions&) = default;
};

/// Draws one avatar: uint8 [3, image_size, image_size]. The figure is the same at every size. Throws OptionError if the
/// size is outside [8, 2048].
Tensor draw_avatar(const AvatarAppearance& appearance, std::int64_t image_size);

/// An ImageSource whose images are functions of (seed, index); it needs no files and no download.
class Avatars {
 public:
  /// Throws OptionError as the options' validate() does.
  explicit Avatars(AvatarOptions options = {});

  const AvatarOptions& options() const { return options_; }
  /// Number of images.
  std::int64_t size() const { return options_.count; }
  /// uint8 [3, image_size, image_size]; throws Error for an index outside [0, size()).
  Tensor image(std::int64_t index) const { return draw_avatar(appearance(index), options_.image_size); }
  std::string name(std::int64_t index) const { return "avatar " + std::to_string(index); }
  /// hair, hair_color, glasses, clothes, clothes_color, skin, eye_color, expression and background.
  Labels labels() const;
  /// A hash of the options and of the version of the drawings.
  std::string fingerprint() const;

  /// The ground truth of one image. Throws Error for an index outside [0, size()).
  AvatarAppearance appearance(std::int64_t index) const;
  AvatarStyle style(std::int64_t index) const { return appearance(index).style; }

 private:
  AvatarOptions options_;
};

}  // namespace cspgan
