// Counting avatars: against what is known without counting.
#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cspgan/avatars/avatar_metrics.hpp"
#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/error.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Tensor labels_of(const Avatars& avatars) {
  std::vector<Tensor> rows;
  for (std::int64_t i = 0; i < avatars.size(); ++i) rows.push_back(avatar_labels(avatars.appearance(i)));
  return at::stack(rows);
}

const AttributeMetrics& metrics_of(const AvatarMetrics& metrics, const std::string& name) {
  return *std::ranges::find(metrics.attributes, name, &AttributeMetrics::name);
}

/// E|n / N - p|, n binomial, summed term by term.
double mean_deviation(std::int64_t trials, double p) {
  const auto all = static_cast<double>(trials);
  double sum = 0;
  for (double n = 0; n <= all; ++n)
    sum += std::abs(n / all - p) * std::exp(std::lgamma(all + 1) - std::lgamma(n + 1) - std::lgamma(all - n + 1) +
                                            n * std::log(p) + (all - n) * std::log1p(-p));
  return sum;
}

}  // namespace

TEST_CASE("Labels are the attributes of an appearance, by the names of their values", "[avatars]") {
  AvatarAppearance appearance;
  appearance.style = {.hair = avatar::Hair::frizzy,
                      .hair_color = avatar::HairColor::pink,
                      .glasses = avatar::Glasses::round,
                      .clothes = avatar::Clothes::v_neck,
                      .clothes_color = avatar::ClothesColor::gray};
  appearance.skin = avatar::Skin::deep;
  appearance.background = avatar::Background::lavender;
  const Tensor labels = avatar_labels(appearance);
  const std::vector<std::string_view> expected{"frizzy", "pink", "round", "v_neck", "gray", "deep", "lavender"};
  const auto label = [&](std::size_t a) { return labels[static_cast<std::int64_t>(a)].item<std::int64_t>(); };
  REQUIRE(labels.size(0) == static_cast<std::int64_t>(expected.size()));
  for (std::size_t a = 0; a < expected.size(); ++a)
    CHECK(avatar_attributes()[a].values.at(static_cast<std::size_t>(label(a))) == expected[a]);
  // The style is the first five as digits.
  std::int64_t number = 0;
  for (std::size_t a = 0; a < 5; ++a)
    number = number * static_cast<std::int64_t>(avatar_attributes()[a].values.size()) + label(a);
  CHECK(number == appearance.style.number());
}

TEST_CASE("True avatars have as many styles, and as small distances, as is expected of them", "[avatars]") {
  const std::int64_t count = 10'000;
  const AvatarMetrics metrics = count_avatars(labels_of(Avatars({.seed = 3, .count = count})));
  CHECK(metrics.count == count);
  CHECK(metrics.possible_styles == AvatarStyle::count);
  // All styles are equally likely: 4032 (1 - (1 - 1 / 4032)^10000) = 3694.4, standard deviation below sqrt(4032 q (1 -
  // q)), q = 0.0837 the chance that a style is missing: 17.6.
  const double missing = std::pow(1 - 1.0 / 4032, count);
  CHECK(metrics.expected_styles == Approx(4032 * (1 - missing)).epsilon(1e-12));
  CHECK(std::abs(static_cast<double>(metrics.styles) - metrics.expected_styles) < 4 * 17.6);
  for (const AttributeMetrics& attribute : metrics.attributes) {
    CAPTURE(attribute.name);
    double expected = 0;
    for (const double p : attribute.truth) expected += mean_deviation(count, p) / 2;
    CHECK(attribute.expected_distance == Approx(expected).epsilon(1e-6));
    CHECK(attribute.distance < 3 * attribute.expected_distance);
    CHECK(attribute.dropped.empty());
  }
}

TEST_CASE("Weights are the truth that counts are held against", "[avatars]") {
  const AvatarWeights weights = avatar_weights(observed_avatar_styles());
  const Tensor labels = labels_of(Avatars({.seed = 4, .count = 3000, .weights = weights}));
  const AvatarMetrics fitting = count_avatars(labels, weights), uniform = count_avatars(labels);
  double expected = 0;
  for (std::int64_t number = 0; number < AvatarStyle::count; ++number)
    expected += 1 - std::pow(1 - weights.probability(AvatarStyle::from_number(number)), 3000);
  CHECK(fitting.expected_styles == Approx(expected).epsilon(1e-10));
  // Over sets of 3,000 the number of styles has a standard deviation below sqrt(sum of q (1 - q)) < sqrt(4032 / 4)
  // = 32.
  CHECK(std::abs(static_cast<double>(fitting.styles) - expected) < 4 * 32);
  CHECK(metrics_of(fitting, "hair").distance < 0.03);
  // 24 of 57 have long straight hair (23 + 1 of 50 + 7), not 1 in 7, and so on: half the sum of |theta - 1 / 7|.
  double apart = 0;
  for (const double n : {7, 0, 1, 23, 1, 11, 7}) apart += std::abs((n + 1) / 57 - 1.0 / 7) / 2;
  CHECK(metrics_of(uniform, "hair").distance == Approx(apart).margin(0.03));
  CHECK(metrics_of(uniform, "skin").distance == metrics_of(fitting, "skin").distance);
}

TEST_CASE("Styles of weight zero are not expected", "[avatars]") {
  AvatarWeights weights;
  weights.glasses = {1, 0, 0};
  weights.clothes = {1, 1, 0, 2};
  const AvatarMetrics metrics = count_avatars(labels_of(Avatars({.count = 500, .weights = weights})), weights);
  CHECK(metrics.possible_styles == 4032 / 3 / 4 * 3);
  CHECK(metrics_of(metrics, "glasses").distance == 0);
  CHECK(metrics_of(metrics, "glasses").expected_distance == 0);
  for (const AttributeMetrics& attribute : metrics.attributes) CHECK(attribute.dropped.empty());
}

TEST_CASE("A stuck attribute is at its distance, its other values are named, the others stay as they are",
          "[avatars]") {
  Tensor labels = labels_of(Avatars({.seed = 5, .count = 2000}));
  const AvatarMetrics before = count_avatars(labels);
  labels.select(1, 2).fill_(1);  // round glasses on every nose
  const AvatarMetrics after = count_avatars(labels);
  CHECK(metrics_of(after, "glasses").distance == Approx(2.0 / 3));
  CHECK(metrics_of(after, "glasses").dropped == std::vector<std::string>{"none", "sunglasses"});
  CHECK(metrics_of(after, "glasses").counts == std::vector<std::int64_t>{0, 2000, 0});
  CHECK(metrics_of(after, "hair").counts == metrics_of(before, "hair").counts);
  CHECK(metrics_of(after, "hair").distance == metrics_of(before, "hair").distance);
  CHECK(after.styles < 4032 / 3);
  CHECK(after.styles > 1000);  // of 1,344, of which 2,000 avatars would have 1040.6, standard deviation below 15.4
  CHECK(after.expected_styles == before.expected_styles);
}

TEST_CASE("A collapse to one style is one style, at 1 - p of every attribute", "[avatars]") {
  const Tensor labels = at::zeros({100, 7}, at::kLong);
  const AvatarMetrics metrics = count_avatars(labels);
  CHECK(metrics.styles == 1);
  for (const AttributeMetrics& attribute : metrics.attributes) {
    CHECK(attribute.distance == Approx(1 - 1.0 / static_cast<double>(attribute.values.size())));
    CHECK(attribute.dropped.size() == attribute.values.size() - 1);
  }
  // So few images that none could be expected to show a value five times.
  for (const AttributeMetrics& attribute : count_avatars(labels.slice(0, 0, 14)).attributes)
    CHECK(attribute.dropped.empty());
}

TEST_CASE("Metrics of avatars say in JSON what a table and bars need", "[avatars]") {
  const Value json = to_value(count_avatars(at::zeros({60, 7}, at::kLong)));
  CHECK(json.at("count").integer() == 60);
  CHECK(json.at("styles").at("found").integer() == 1);
  CHECK(json.at("styles").at("possible").integer() == 4032);
  CHECK(json.at("attributes").array().size() == 7);
  const Value& hair = json.at("attributes").array().front();
  CHECK(hair.at("name").string() == "hair");
  CHECK(hair.at("values").array()[0].at("share").number() == 1);
  CHECK_FALSE(hair.at("values").array()[0].at("dropped").boolean());
  CHECK(hair.at("values").array()[1].at("dropped").boolean());
  CHECK(hair.at("values").array()[1].at("truth").number() == Approx(1.0 / 7));
}

TEST_CASE("Labels that no avatar has are refused", "[avatars]") {
  CHECK(contains(message_of<Error>([] { count_avatars(at::zeros({3, 5}, at::kLong)); }), "[3, 5]"));
  CHECK(contains(message_of<Error>([] { count_avatars(at::zeros({3, 7})); }), "float32"));
  CHECK(contains(message_of<Error>([] { count_avatars(Tensor()); }), "undefined"));
  CHECK(contains(message_of<Error>([] { count_avatars(at::zeros({0, 7}, at::kLong)); }), "[0, 7]"));
  Tensor labels = at::zeros({3, 7}, at::kLong);
  labels[2][1] = 6;
  CHECK(contains(message_of<Error>([&] { count_avatars(labels); }), "image 2 has hair_color 6"));
  CHECK_THROWS_AS(count_avatars(at::zeros({3, 7}, at::kLong), {.hair = {1, 2}}), OptionError);
}
