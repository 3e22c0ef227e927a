// Maps an index to an avatar, and draws its picture as a tensor.
#include "cspgan/avatars/avatars.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "avatars/drawing/draw.hpp"
#include "core/checks.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/data/fingerprint.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t smallest_picture = 8;
constexpr std::int64_t largest_picture = 2048;

void require_picture_size(std::int64_t size, std::string_view what) {
  detail::require_from_to(size, smallest_picture, largest_picture, what);
}

template <NamedEnum E>
constexpr std::size_t values_of = EnumNames<E>::names.size();

template <NamedEnum E>
void require_weights(const std::vector<double>& weights, std::string_view feature) {
  if (weights.empty()) return;
  if (weights.size() != values_of<E>)
    throw OptionError(
        fmt::format("weights.{} has {} entries, but needs {} (or none)", feature, weights.size(), values_of<E>));
  for (const double weight : weights)
    if (!(weight >= 0 && weight <= 1e12))
      throw OptionError(fmt::format("weights.{} holds {}, but a weight is a number from 0 upwards", feature, weight));
  if (std::accumulate(weights.begin(), weights.end(), 0.0) <= 0)
    throw OptionError(fmt::format("weights.{} are all zero", feature));
}

template <NamedEnum E>
double share_of(const std::vector<double>& weights, E value) {
  if (weights.empty()) return 1.0 / static_cast<double>(values_of<E>);
  return weights[static_cast<std::size_t>(value)] / std::accumulate(weights.begin(), weights.end(), 0.0);
}

template <NamedEnum E>
E pick(HostRandom& random) {
  return static_cast<E>(random.below(values_of<E>));
}

template <NamedEnum E>
E pick(HostRandom& random, const std::vector<double>& weights) {
  if (weights.empty()) return pick<E>(random);
  double place = random.uniform() * std::accumulate(weights.begin(), weights.end(), 0.0);
  std::size_t last_possible = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] <= 0) continue;
    last_possible = i;
    if (place < weights[i]) break;
    place -= weights[i];
  }
  return static_cast<E>(last_possible);
}

/// The sum of two uniform numbers: bounded, and concentrated around zero.
double near_zero(HostRandom& random, double bound) { return bound * (random.uniform() + random.uniform() - 1); }

}  // namespace

void AvatarWeights::validate() const {
  require_weights<avatar::Hair>(hair, "hair");
  require_weights<avatar::HairColor>(hair_color, "hair_color");
  require_weights<avatar::Glasses>(glasses, "glasses");
  require_weights<avatar::Clothes>(clothes, "clothes");
  require_weights<avatar::ClothesColor>(clothes_color, "clothes_color");
}

double AvatarWeights::probability(const AvatarStyle& style) const {
  return share_of(hair, style.hair) * share_of(hair_color, style.hair_color) * share_of(glasses, style.glasses) *
         share_of(clothes, style.clothes) * share_of(clothes_color, style.clothes_color);
}

std::vector<CategoricalFeature> avatar_features() {
  std::vector<CategoricalFeature> features;
  const auto add = [&]<NamedEnum E>(std::string name, E) {
    CategoricalFeature feature{std::move(name), {}, std::vector<double>(values_of<E>)};
    for (const auto& [value, of_value] : EnumNames<E>::names) feature.values.emplace_back(of_value);
    features.push_back(std::move(feature));
  };
  add("hair", avatar::Hair{});
  add("hair_color", avatar::HairColor{});
  add("glasses", avatar::Glasses{});
  add("clothes", avatar::Clothes{});
  add("clothes_color", avatar::ClothesColor{});
  return features;
}

AvatarWeights avatar_weights(const CategoricalModel& model) {
  AvatarWeights weights;
  const std::vector<CategoricalFeature> known = avatar_features();
  const std::array<std::vector<double>*, 5> lists{&weights.hair, &weights.hair_color, &weights.glasses,
                                                  &weights.clothes, &weights.clothes_color};
  for (std::size_t i = 0; i < model.features().size(); ++i) {
    const CategoricalFeature& feature = model.features()[i];
    const auto found = std::ranges::find(known, feature.name, &CategoricalFeature::name);
    if (found == known.end()) throw OptionError(fmt::format("avatars have no feature '{}'", feature.name));
    std::vector<double>& list = *lists[static_cast<std::size_t>(found - known.begin())];
    list.assign(found->values.size(), 0);
    for (std::size_t value = 0; value < feature.values.size(); ++value) {
      const auto place = std::ranges::find(found->values, feature.values[value]);
      if (place == found->values.end())
        throw OptionError(fmt::format("an avatar's {} is never '{}'", feature.name, feature.values[value]));
      list[static_cast<std::size_t>(place - found->values.begin())] = model.probability(i, value);
    }
  }
  return weights;
}

CategoricalModel observed_avatar_styles() {
  std::vector<CategoricalFeature> features = avatar_features();
  features[0].counts = {7, 0, 1, 23, 1, 11, 7};
  features[1].counts = {7, 6, 2, 3, 8, 24};
  features[2].counts = {11, 22, 17};
  features[3].counts = {7, 18, 19, 6};
  features[4].counts = {4, 5, 6, 8, 6, 8, 7, 6};
  return CategoricalModel(std::move(features));
}

void AvatarOptions::validate() const {
  detail::require_at_least(count, 1, "avatars: count");
  require_picture_size(image_size, "avatars: image_size");
  weights.validate();
}

Tensor draw_avatar(const AvatarAppearance& appearance, std::int64_t image_size) {
  require_picture_size(image_size, "the avatar's image size");
  Tensor image = at::empty({3, image_size, image_size}, at::kByte);
  avatar::draw(appearance, static_cast<int>(image_size), image.mutable_data_ptr<std::uint8_t>());
  return image;
}

Avatars::Avatars(AvatarOptions options) : options_(std::move(options)) { options_.validate(); }

AvatarAppearance Avatars::appearance(std::int64_t index) const {
  if (index < 0 || index >= size()) throw Error(fmt::format("avatar {} does not exist: there are {}", index, size()));
  HostRandom random({options_.seed, 0x61766174, static_cast<std::uint64_t>(index)});
  const AvatarWeights& weights = options_.weights;
  AvatarAppearance appearance;
  appearance.style.hair = pick<avatar::Hair>(random, weights.hair);
  appearance.style.hair_color = pick<avatar::HairColor>(random, weights.hair_color);
  appearance.style.glasses = pick<avatar::Glasses>(random, weights.glasses);
  appearance.style.clothes = pick<avatar::Clothes>(random, weights.clothes);
  appearance.style.clothes_color = pick<avatar::ClothesColor>(random, weights.clothes_color);
  appearance.skin = pick<avatar::Skin>(random);
  appearance.eye_color = pick<avatar::EyeColor>(random);
  appearance.expression = pick<avatar::Expression>(random);
  appearance.background = pick<avatar::Background>(random);
  appearance.pose.tilt_degrees = near_zero(random, 9);
  appearance.pose.shift_x = near_zero(random, 0.06);
  appearance.pose.shift_y = near_zero(random, 0.03);
  appearance.pose.scale = 1.0 + near_zero(random, 0.06);
  appearance.pose.gaze_x = random.uniform(-1, 1);
  appearance.pose.jaw_width = random.uniform(-1, 1);
  return appearance;
}

Labels Avatars::labels() const {
  Labels labels;
  const auto column = [&]<class Feature>(const char* name, Feature) {
    LabelColumn& added = labels.columns.emplace_back();
    added.name = name;
    for (const auto& [value, text] : EnumNames<Feature>::names) added.classes.emplace_back(text);
  };
  const AvatarAppearance any;
  column("hair", any.style.hair);
  column("hair_color", any.style.hair_color);
  column("glasses", any.style.glasses);
  column("clothes", any.style.clothes);
  column("clothes_color", any.style.clothes_color);
  column("skin", any.skin);
  column("eye_color", any.eye_color);
  column("expression", any.expression);
  column("background", any.background);
  labels.values = at::empty({size(), static_cast<std::int64_t>(labels.columns.size())}, at::kLong);
  auto* out = labels.values.mutable_data_ptr<std::int64_t>();
  for (std::int64_t index = 0; index < size(); ++index) {
    const AvatarAppearance one = appearance(index);
    const auto put = [&](auto feature) { *out++ = static_cast<std::int64_t>(feature); };
    put(one.style.hair);
    put(one.style.hair_color);
    put(one.style.glasses);
    put(one.style.clothes);
    put(one.style.clothes_color);
    put(one.skin);
    put(one.eye_color);
    put(one.expression);
    put(one.background);
  }
  return labels;
}

std::string Avatars::fingerprint() const {
  // The drawing's version must change whenever the same appearance gives different pixels.
  return Fingerprint().add("avatars, drawing 1").add(to_json(to_value(options_))).text();
}

}  // namespace cspgan
