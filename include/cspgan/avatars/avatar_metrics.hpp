// Mode coverage of a set of avatars: counts of their attributes, compared with the true distribution.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// An attribute that is visible in every avatar, and its possible values. The first five form the style, in the order
/// of AvatarStyle. Eye color and expression are not among them: sunglasses and closed eyes hide them, so that no
/// classifier could read them.
struct AvatarAttribute {
  std::string_view name;
  std::vector<std::string_view> values;  // in the order of the enumeration
};
/// All attributes, in the order of the labels.
const std::vector<AvatarAttribute>& avatar_attributes();

/// The index of each attribute's value in its enumeration, int64 [attributes].
Tensor avatar_labels(const AvatarAppearance& appearance);

/// The distribution of one attribute over a set of images, compared with the true one.
struct AttributeMetrics {
  std::string name{};
  std::vector<std::string> values{};
  std::vector<double> truth{};         // true probability of each value
  std::vector<std::int64_t> counts{};  // number of images with each value
  double distance = 0;                 // total variation distance between the shares and the truth, in [0, 1]
  double expected_distance = 0;        // its mean over equally large sets sampled from the truth
  std::vector<std::string> dropped{};  // values that no image has although at least 5 images were expected to
};

/// The styles and attributes of a set of images, compared with the true distribution.
struct AvatarMetrics {
  std::int64_t count = 0;            // number of images
  std::int64_t styles = 0;           // number of different styles among them
  std::int64_t possible_styles = 0;  // styles of probability > 0: 4,032 unless weights are zero
  double expected_styles = 0;        // mean number of styles in equally large sets sampled from the truth
  std::vector<AttributeMetrics> attributes{};
};

/// Counts labels, int64 [N >= 1, attributes], encoded as by avatar_labels. `weights` are those of the avatars that the
/// images imitate; skin and background are uniform. The expected number of styles is the sum over styles of
/// 1 - (1 - p)^N; the expected distance of an attribute is half the sum over its values of E|n / N - p|, n binomial, by
/// De Moivre's closed form (Diaconis and Zabell 1991). Throws Error for labels of any other shape or type, or outside
/// the range of their attribute; OptionError for invalid weights.
AvatarMetrics count_avatars(const Tensor& labels, const AvatarWeights& weights = {});

/// The metrics as a Value to be written as JSON; docs/metrics.md describes the format.
Value to_value(const AvatarMetrics& metrics);

}  // namespace cspgan
