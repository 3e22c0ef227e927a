// What a set of avatars covers and what it drops: their attributes counted and compared with the truth.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cspgan/core/tensor.hpp"
#include "cspgan/core/value.hpp"
#include "cspgan/avatars/avatars.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What can be seen in every avatar. The first five make its style, in the order of AvatarStyle. Eyes and expression
/// are left out: dark glasses and closed eyes hide them, so that no reader could be right about them.
struct AvatarAttribute {
  std::string_view name;
  std::vector<std::string_view> values;  // in the order of the enumeration
};
const std::vector<AvatarAttribute>& avatar_attributes();

/// The position of each attribute's value in its enumeration, int64 [attributes].
Tensor avatar_labels(const AvatarAppearance& appearance);

struct AttributeMetrics {
  std::string name{};
  std::vector<std::string> values{};
  std::vector<double> truth{};         // probability of each value
  std::vector<std::int64_t> counts{};  // images of each value
  double distance = 0;                 // total variation between the shares and the truth, in [0, 1]
  double expected_distance = 0;        // its mean over sets of as many images drawn from the truth
  std::vector<std::string> dropped{};  // values that no image has, though the truth would give them to 5 images or more
};

struct AvatarMetrics {
  std::int64_t count = 0;            // images
  std::int64_t styles = 0;           // different ones among them
  std::int64_t possible_styles = 0;  // those with a probability > 0: 4,032 unless weights are zero
  double expected_styles = 0;        // mean number of different ones among as many images drawn from the truth
  std::vector<AttributeMetrics> attributes{};
};

/// Labels int64 [N >= 1, attributes], as avatar_labels gives them. `weights` are those of the avatars that were to be
/// imitated; skin and background are uniform. Expected: the sum over styles of 1 - (1 - p)^N; and for each attribute
/// half the sum of E|n / N - p|, n binomial, by De Moivre's closed form (Diaconis and Zabell 1991).
/// Throws Error for labels of another shape or type, or outside their attribute.
AvatarMetrics count_avatars(const Tensor& labels, const AvatarWeights& weights = {});

/// For JSON; docs/metrics.md describes it.
Value to_value(const AvatarMetrics& figures);

}  // namespace cspgan
