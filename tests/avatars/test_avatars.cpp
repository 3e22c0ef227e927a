// The embedded faces: what is promised of them. Whether they are charming is for people to say.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>

#include <cmath>
#include <map>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/data/image_source.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

static_assert(ImageSource<Avatars>);

/// Mean difference of two pictures, in levels.
double difference(const Tensor& a, const Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().mean().item<double>();
}

/// The smallest difference at 32 pixels between any two values of an attribute, all else equal.
template <NamedEnum E, class Set>
double least_change(const Set& set) {
  AvatarAppearance appearance;
  appearance.style.hair = avatar::Hair::short_wavy;
  appearance.style.clothes_color = avatar::ClothesColor::blue;
  std::vector<Tensor> pictures;
  for (const auto& [value, name] : EnumNames<E>::names) {
    set(appearance, value);
    pictures.push_back(draw_avatar(appearance, 32));
  }
  double least = 255;
  for (std::size_t i = 0; i < pictures.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) least = std::min(least, difference(pictures[i], pictures[j]));
  return least;
}

/// Share of each value among the first avatars of a set.
template <NamedEnum E, class Get>
std::map<E, double> shares(const Avatars& avatars, const Get& get) {
  std::map<E, double> found;
  for (const auto& [value, name] : EnumNames<E>::names) found[value] = 0;
  for (std::int64_t i = 0; i < avatars.size(); ++i)
    found[get(avatars.appearance(i))] += 1.0 / static_cast<double>(avatars.size());
  return found;
}

}  // namespace

TEST_CASE("An avatar is a function of seed and index", "[data]") {
  const Avatars avatars({.seed = 5, .count = 30, .image_size = 48}), same({.seed = 5, .count = 99, .image_size = 48});
  const Avatars other({.seed = 6, .count = 30, .image_size = 48});
  int different = 0;
  for (std::int64_t i = 0; i < 30; ++i) {
    CHECK(at::equal(avatars.image(i), same.image(i)));
    CHECK(avatars.appearance(i) == same.appearance(i));
    different += avatars.appearance(i) == other.appearance(i) ? 0 : 1;
  }
  CHECK(different == 30);
  CHECK(avatars.image(0).sizes() == at::IntArrayRef({3, 48, 48}));
  CHECK(avatars.image(0).scalar_type() == at::kByte);
  CHECK(avatars.style(3) == avatars.appearance(3).style);
  CHECK_THROWS_AS(avatars.image(30), Error);
  CHECK_THROWS_AS(avatars.appearance(-1), Error);
}

TEST_CASE("An avatar is the same picture at every size", "[data]") {
  const Avatars avatars({.count = 40});
  for (std::int64_t i = 0; i < avatars.size(); ++i) {
    const AvatarAppearance appearance = avatars.appearance(i);
    const Tensor large = draw_avatar(appearance, 256);
    for (const std::int64_t size : {32, 64, 128}) {
      // Lines thinner than a pixel are drawn a little stronger than they are; a shift by half a pixel would give 160 /
      // size.
      const std::int64_t block = 256 / size;  // pixels of the large picture below one of the small
      const Tensor mean = large.to(at::kFloat).reshape({3, size, block, size, block}).mean({2, 4});
      CHECK(difference(mean, draw_avatar(appearance, size)) < 96.0 / static_cast<double>(size));
    }
  }
  for (const std::int64_t size : {8, 33, 100}) CHECK(draw_avatar(avatars.appearance(0), size).size(2) == size);
}

TEST_CASE("Every value of every attribute changes the picture", "[data]") {
  CHECK(least_change<avatar::Hair>([](AvatarAppearance& appearance, auto value) { appearance.style.hair = value; }) >
        2);
  CHECK(least_change<avatar::HairColor>(
            [](AvatarAppearance& appearance, auto value) { appearance.style.hair_color = value; }) > 2);
  CHECK(least_change<avatar::Glasses>(
            [](AvatarAppearance& appearance, auto value) { appearance.style.glasses = value; }) > 1);
  CHECK(least_change<avatar::Clothes>(
            [](AvatarAppearance& appearance, auto value) { appearance.style.clothes = value; }) > 1);
  CHECK(least_change<avatar::ClothesColor>(
            [](AvatarAppearance& appearance, auto value) { appearance.style.clothes_color = value; }) > 2);
  CHECK(least_change<avatar::Skin>([](AvatarAppearance& appearance, auto value) { appearance.skin = value; }) > 1.5);
  CHECK(least_change<avatar::Expression>(
            [](AvatarAppearance& appearance, auto value) { appearance.expression = value; }) > 0.15);
  CHECK(least_change<avatar::EyeColor>([](AvatarAppearance& appearance, auto value) { appearance.eye_color = value; }) >
        0.02);
  CHECK(least_change<avatar::Background>(
            [](AvatarAppearance& appearance, auto value) { appearance.background = value; }) > 4);
}

TEST_CASE("The pose moves the figure", "[data]") {
  const AvatarAppearance still;
  const auto moved = [&](AvatarPose pose) {
    AvatarAppearance appearance;
    appearance.pose = pose;
    return difference(draw_avatar(appearance, 64), draw_avatar(still, 64));
  };
  CHECK(moved({.tilt_degrees = 6}) > 1);
  CHECK(moved({.shift_x = 0.05}) > 1);
  CHECK(moved({.shift_y = 0.05}) > 1);
  CHECK(moved({.scale = 1.05}) > 1);
  CHECK(moved({.gaze_x = 1}) > 0.05);
  CHECK(moved({.jaw_width = 1}) > 0.05);
}

TEST_CASE("All attribute values occur, equally often unless weights say otherwise", "[data]") {
  const Avatars avatars({.seed = 1, .count = 4000});
  const auto check = [](const auto& found) {
    const double expected = 1.0 / static_cast<double>(found.size());
    const double deviation = std::sqrt(expected * (1 - expected) / 4000);
    for (const auto& [value, share] : found) CHECK(std::abs(share - expected) < 5 * deviation);
  };
  check(shares<avatar::Hair>(avatars, [](const AvatarAppearance& appearance) { return appearance.style.hair; }));
  check(shares<avatar::HairColor>(avatars,
                                  [](const AvatarAppearance& appearance) { return appearance.style.hair_color; }));
  check(shares<avatar::Glasses>(avatars, [](const AvatarAppearance& appearance) { return appearance.style.glasses; }));
  check(shares<avatar::Clothes>(avatars, [](const AvatarAppearance& appearance) { return appearance.style.clothes; }));
  check(shares<avatar::ClothesColor>(
      avatars, [](const AvatarAppearance& appearance) { return appearance.style.clothes_color; }));
  check(shares<avatar::Skin>(avatars, [](const AvatarAppearance& appearance) { return appearance.skin; }));
  check(shares<avatar::Expression>(avatars, [](const AvatarAppearance& appearance) { return appearance.expression; }));
  check(shares<avatar::EyeColor>(avatars, [](const AvatarAppearance& appearance) { return appearance.eye_color; }));
  check(shares<avatar::Background>(avatars, [](const AvatarAppearance& appearance) { return appearance.background; }));
}

TEST_CASE("Weights decide how often a value occurs", "[data]") {
  AvatarOptions options{.count = 4000};
  options.weights = avatar_weights(observed_avatar_styles());
  options.weights.glasses = {0, 3, 1};
  const Avatars avatars(options);
  const auto glasses =
      shares<avatar::Glasses>(avatars, [](const AvatarAppearance& appearance) { return appearance.style.glasses; });
  CHECK(glasses.at(avatar::Glasses::none) == 0);
  CHECK(std::abs(glasses.at(avatar::Glasses::round) - 0.75) < 0.04);
  const auto hair =
      shares<avatar::Hair>(avatars, [](const AvatarAppearance& appearance) { return appearance.style.hair; });
  CHECK(std::abs(hair.at(avatar::Hair::long_straight) - 24.0 / 57) < 0.04);
}

TEST_CASE("The observed weights give the published probabilities", "[data]") {
  const AvatarWeights weights = avatar_weights(observed_avatar_styles());
  const auto probability = [&](int hair, int hair_color, int glasses, int clothes, int clothes_color) {
    return weights.probability({static_cast<avatar::Hair>(hair), static_cast<avatar::HairColor>(hair_color),
                                static_cast<avatar::Glasses>(glasses), static_cast<avatar::Clothes>(clothes),
                                static_cast<avatar::ClothesColor>(clothes_color)});
  };
  CHECK(std::abs(probability(3, 5, 0, 2, 5) / 0.002445932658582044 - 1) < 1e-12);
  CHECK(std::abs(probability(5, 0, 2, 1, 7) / 0.0004337453914552157 - 1) < 1e-12);
  CHECK(std::abs(probability(4, 5, 0, 2, 3) / 0.00020382772154850363 - 1) < 1e-12);
  double total = 0;
  for (std::int64_t i = 0; i < AvatarStyle::count; ++i) total += weights.probability(AvatarStyle::from_number(i));
  CHECK(std::abs(total - 1) < 1e-12);
  CHECK(std::abs(AvatarWeights{}.probability({}) * 4032 - 1) < 1e-12);
}

TEST_CASE("The 4,032 styles are numbered without gaps", "[data]") {
  for (std::int64_t i = 0; i < AvatarStyle::count; ++i) REQUIRE(AvatarStyle::from_number(i).number() == i);
  CHECK(AvatarStyle::from_number(0) == AvatarStyle{});
  CHECK(AvatarStyle::from_number(1).clothes_color == avatar::ClothesColor::blue);
  CHECK_THROWS_AS(AvatarStyle::from_number(4032), OptionError);
  CHECK_THROWS_AS(AvatarStyle::from_number(-1), OptionError);
}

TEST_CASE("Avatar options that cannot work are refused with the value", "[data]") {
  const auto refused = [](AvatarOptions options) { return message_of<OptionError>([&] { Avatars{options}; }); };
  CHECK(contains(refused({.count = 0}), "count must be at least 1, not 0"));
  CHECK(contains(refused({.image_size = 4}), "image_size must lie in [8, 2048], not 4"));
  CHECK(contains(refused({.weights = {.glasses = {1, 2}}}), "weights.glasses has 2 entries, but needs 3"));
  CHECK(contains(refused({.weights = {.clothes = {1, -2, 0, 0}}}), "-2"));
  CHECK(contains(refused({.weights = {.clothes = {0, 0, 0, 0}}}), "all zero"));
  CHECK_THROWS_AS(draw_avatar({}, 4096), OptionError);
}

TEST_CASE("An appearance can be written to JSON and read back", "[data]") {
  const AvatarAppearance appearance = Avatars({.count = 9}).appearance(7);
  CHECK(from_value<AvatarAppearance>(parse_json(to_json(to_value(appearance)), "text"), "appearance") == appearance);
  CHECK(contains(
      message_of<OptionError>([] { from_value<AvatarStyle>(parse_json(R"({"hair": "curley"})", "text"), "style"); }),
      "curly"));
}

TEST_CASE("The fingerprint of avatars goes with their options", "[data]") {
  const std::string print = AnyImageSource(Avatars({.seed = 1})).fingerprint();
  CHECK(print == AnyImageSource(Avatars({.seed = 1})).fingerprint());
  CHECK(print != AnyImageSource(Avatars({.seed = 2})).fingerprint());
  CHECK(print != AnyImageSource(Avatars({.seed = 1, .count = 11})).fingerprint());
}
