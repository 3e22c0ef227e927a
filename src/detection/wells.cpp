// Maps an index to a picture of wells, and draws it as a tensor.
#include "cspgan/detection/wells.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "core/checks.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "detection/drawing/draw_wells.hpp"

namespace cspgan {

namespace {

constexpr std::int64_t shortest_side = 8;
constexpr std::int64_t longest_side = 2048;
constexpr std::int64_t largest_ratio = 4;

// What is drawn from each stream of random numbers of a picture.
constexpr std::uint64_t stream_of_look = 0x77656c6c;
constexpr std::uint64_t stream_of_defect = 0x64656665;

void require_proportions(std::int64_t height, std::int64_t width, std::string_view what) {
  detail::require_from_to(height, shortest_side, longest_side, fmt::format("{}: height", what));
  detail::require_from_to(width, shortest_side, longest_side, fmt::format("{}: width", what));
  if (std::max(height, width) > largest_ratio * std::min(height, width))
    throw OptionError(fmt::format("{}: {} x {} is too long: neither side may be over {} times the other", what, height,
                                  width, largest_ratio));
}

/// The sum of two uniform numbers: bounded, and concentrated around zero.
double around_zero(HostRandom& random, double bound) { return bound * (random.uniform() + random.uniform() - 1); }

WellLight random_light(HostRandom& random) {
  WellLight light;
  light.direction_degrees = random.uniform(200, 280);
  light.strength = 1 + around_zero(random, 0.06);
  light.warmth = around_zero(random, 0.7);
  light.falloff = random.uniform(0, 0.15);
  light.vignette = random.uniform(0.12, 0.24);
  return light;
}

/// Most are specks, light or dark; one in five is a fiber.
DustGrain random_grain(HostRandom& random) {
  DustGrain grain;
  grain.x = random.uniform();
  grain.y = random.uniform();
  grain.angle_degrees = random.uniform(0, 180);
  const bool fiber = random.uniform() < 0.2;
  const double large = random.uniform();  // few are
  grain.radius = fiber ? random.uniform(0.005, 0.011) : 0.008 + 0.022 * large * large * large;
  grain.length = fiber ? random.uniform(0.08, 0.3) : 0;
  grain.bend = fiber ? random.uniform(-1, 1) : 0;
  grain.opacity = random.uniform(0.3, 0.8);
  grain.shade = random.uniform() < 0.6 ? random.uniform(0.8, 1) : random.uniform(0.1, 0.3);
  return grain;
}

/// How large a defect is at a difficulty. A missing lid is as large as its cup.
double size_left(Defect kind, double difficulty) {
  return kind == Defect::missing_lid ? 1 : 1.8 * std::exp(-0.7 * difficulty);
}

/// How much it leaves of its contrast: less of a defect that fills more of the picture.
double contrast_left(Defect kind, double difficulty) {
  const double rate = kind == Defect::missing_lid ? 0.9 : kind == Defect::chip ? 0.4 : 0.55;
  return std::exp(-rate * difficulty);
}

constexpr std::size_t kinds = EnumNames<Defect>::names.size() - 1;  // without none

Defect random_kind(HostRandom& random, const WellOptions& options) {
  const bool bad = random.uniform() < options.bad_share;
  const std::vector<double> weights =
      options.defect_weights.empty() ? std::vector<double>(kinds, 1) : options.defect_weights;
  double place = random.uniform(0, std::accumulate(weights.begin(), weights.end(), 0.0));
  std::size_t kind = 0;
  for (std::size_t i = 0; i < kinds; ++i) {
    if (weights[i] > 0) kind = i;  // rounding must not choose one of weight 0
    if (place < weights[i]) break;
    place -= weights[i];
  }
  return bad ? static_cast<Defect>(1 + kind) : Defect::none;
}

WellDefect random_defect(HostRandom& random, const WellAppearance& look, const WellOptions& options) {
  WellDefect defect;
  const Defect kind = random_kind(random, options);
  if (kind == Defect::none) return defect;
  defect.kind = kind;
  defect.cup = random.uniform();
  defect.angle_degrees = random.uniform(0, 360);
  if (kind == Defect::leak) defect.angle_degrees = 90 + around_zero(random, 60) - look.rotation_degrees;
  defect.x = random.uniform(0.2, 0.8);
  defect.y = random.uniform(0.2, 0.8);
  defect.bend = random.uniform(-1, 1);
  defect.size = random.uniform(0.95, 1.05) * size_left(kind, options.difficulty);
  defect.contrast = contrast_left(kind, options.difficulty);
  return defect;
}

}  // namespace

void WellOptions::validate() const {
  detail::require_at_least(count, 1, "wells: count");
  require_proportions(height, width, "wells");
  require_within(bad_share, {0, 1}, "wells: bad_share");
  detail::require(defect_weights.empty() || defect_weights.size() == kinds, "wells: defect_weights",
                  "4 weights or none", defect_weights.size());
  for (const double weight : defect_weights) detail::require_not_negative(weight, "wells: defect_weights");
  detail::require(defect_weights.empty() || std::ranges::max(defect_weights) > 0, "wells: defect_weights",
                  "above 0 for one defect at least", 0);
  require_within(difficulty, {0, 10}, "wells: difficulty");
}

Tensor draw_well(const WellAppearance& appearance, std::int64_t height, std::int64_t width) {
  require_proportions(height, width, "the picture of wells");
  appearance.validate();
  Tensor image = at::empty({3, height, width}, at::kByte);
  wells::draw(appearance, static_cast<int>(height), static_cast<int>(width), image.mutable_data_ptr<std::uint8_t>());
  return image;
}

Tensor well_mask(const WellAppearance& appearance, std::int64_t height, std::int64_t width) {
  const Tensor with = draw_well(appearance, height, width);
  WellAppearance good = appearance;
  good.defect = {};
  const Tensor without = draw_well(good, height, width);
  Tensor mask = at::zeros({height, width}, at::kByte);
  const auto* a = with.const_data_ptr<std::uint8_t>();
  const auto* b = without.const_data_ptr<std::uint8_t>();
  auto* out = mask.mutable_data_ptr<std::uint8_t>();
  const std::int64_t pixels = height * width;
  for (std::int64_t i = 0; i < 3 * pixels; ++i)
    if (std::abs(a[i] - b[i]) > well_mask_levels) out[i % pixels] = 1;
  return mask;
}

Wells::Wells(WellOptions options) : options_(options) { options_.validate(); }

WellAppearance Wells::appearance(std::int64_t index) const {
  if (index < 0 || index >= size()) throw Error(fmt::format("well {} does not exist: there are {}", index, size()));
  const auto number = static_cast<std::uint64_t>(index);
  HostRandom random({options_.seed, stream_of_look, number});
  WellAppearance look;
  look.light = random_light(random);
  look.rotation_degrees = around_zero(random, 3);
  look.scale = 1 + around_zero(random, 0.02);
  look.shift_x = around_zero(random, 0.02);
  look.shift_y = around_zero(random, 0.02);
  look.plate_shade = random.uniform(-1, 1);
  look.grain_seed = static_cast<std::int64_t>(random.below(std::uint64_t{1} << 32));
  for (WellCup& cup : look.cups) {
    cup.shift_x = around_zero(random, 0.02);
    cup.shift_y = around_zero(random, 0.02);
    cup.shade = random.uniform(-1, 1);
    cup.lid_shade = random.uniform(-1, 1);
    cup.tab_degrees = random.uniform(0, 360);
  }
  look.dust.resize(6 + random.below(19));
  for (DustGrain& grain : look.dust) grain = random_grain(random);
  HostRandom of_defect({options_.seed, stream_of_defect, number});
  look.defect = random_defect(of_defect, look, options_);
  return look;
}

Defect Wells::defect(std::int64_t index) const {
  if (index < 0 || index >= size()) throw Error(fmt::format("well {} does not exist: there are {}", index, size()));
  HostRandom random({options_.seed, stream_of_defect, static_cast<std::uint64_t>(index)});
  return random_kind(random, options_);
}

Labels Wells::labels() const {
  Labels labels;
  LabelColumn& column = labels.columns.emplace_back();
  column.name = "defect";
  for (const auto& [value, text] : EnumNames<Defect>::names) column.classes.emplace_back(text);
  labels.values = at::empty({size(), 1}, at::kLong);
  auto* out = labels.values.mutable_data_ptr<std::int64_t>();
  for (std::int64_t index = 0; index < size(); ++index) out[index] = static_cast<std::int64_t>(defect(index));
  return labels;
}

std::string Wells::fingerprint() const {
  // The drawing's version must change whenever the same appearance gives different pixels.
  return Fingerprint().add("wells, drawing 1").add(to_json(to_value(options_))).text();
}

}  // namespace cspgan
