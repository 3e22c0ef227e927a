// The embedded data set: faces drawn by the library, with everything about them known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/avatars/avatar_appearance.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// How likely each value of each feature is, in the order of its enumeration; weights need not sum to 1. An empty list
/// means that all values are equally likely. Features are independent of each other.
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
  /// Throws OptionError for a list of another length, a negative weight, or weights that are all zero.
  void validate() const;
  /// The product of the features' probabilities: a naive Bayes model of styles.
  double probability(const AvatarStyle& style) const;
  friend bool operator==(const AvatarWeights&, const AvatarWeights&) = default;
};

/// What 50 people wore: counts n of each value, smoothed to (n + 1) / (50 + d), d the number of values of the feature.
AvatarWeights observed_avatar_weights();

struct AvatarOptions {
  std::uint64_t seed = 0;
  std::int64_t count = 10000;
  std::int64_t image_size = 64;
  AvatarWeights weights = {};

  static void describe(auto&& self, auto&& field) {
    field("seed", self.seed, "another seed gives other faces");
    field("count", self.count, "number of faces");
    field("image_size", self.image_size, "side of the pictures, in [8, 2048]");
    field("weights", self.weights, "how likely each value of each labelled feature is");
  }
  void validate() const;
  friend bool operator==(const AvatarOptions&, const AvatarOptions&) = default;
};

/// Draws one avatar: uint8 [3, image_size, image_size]. The same figure at every size, in [8, 2048]; else OptionError.
Tensor draw_avatar(const AvatarAppearance& appearance, std::int64_t image_size);

/// An ImageSource whose images are functions of (seed, index): no files, nothing to download.
class Avatars {
 public:
  /// Throws OptionError as the options' validate() does.
  explicit Avatars(AvatarOptions options = {});

  const AvatarOptions& options() const { return options_; }
  std::int64_t size() const { return options_.count; }
  Tensor image(std::int64_t index) const { return draw_avatar(appearance(index), options_.image_size); }
  std::string name(std::int64_t index) const { return "avatar " + std::to_string(index); }
  std::string fingerprint() const;

  /// Throws Error for an index outside [0, size()).
  AvatarAppearance appearance(std::int64_t index) const;
  AvatarStyle style(std::int64_t index) const { return appearance(index).style; }

 private:
  AvatarOptions options_;
};

}  // namespace cspgan
