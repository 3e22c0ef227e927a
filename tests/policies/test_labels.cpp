// Label policies: which targets they give, how often, and that only the step's randomness decides.
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include "cspgan/core/error.hpp"
#include "cspgan/policies/labels.hpp"
#include "helpers.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

constexpr std::int64_t many = 20000;

double mean_value(const Tensor& tensor) { return tensor.mean().item<double>(); }
double lowest(const Tensor& tensor) { return tensor.min().item<double>(); }
double highest(const Tensor& tensor) { return tensor.max().item<double>(); }

}  // namespace

TEST_CASE("soft labels are uniform in their ranges", "[policies]") {
  Step step;
  const SoftLabels policy{.real = {0.7, 0.9}, .fake = {0.1, 0.3}};
  const Targets soft = policy.edit_targets(hard_targets(many), step.context);
  CHECK(soft.real.sizes() == at::IntArrayRef({many}));
  CHECK(lowest(soft.real) >= 0.7f);
  CHECK(highest(soft.real) <= 0.9f);
  CHECK(lowest(soft.fake) >= 0.1f);
  CHECK(highest(soft.fake) <= 0.3f);
  CHECK(mean_value(soft.real) == Approx(0.8).margin(0.002));
  CHECK(mean_value(soft.fake) == Approx(0.2).margin(0.002));
  // A uniform law has the variance (high - low)^2 / 12.
  CHECK(soft.real.var().item<double>() == Approx(0.04 / 12).epsilon(0.05));
  CHECK_FALSE(at::equal(soft.real.sub(0.7f), soft.fake.sub(0.1f)));
}

TEST_CASE("smoothing maps 1 and 0 to its two targets and what is between linearly", "[policies]") {
  Step step;
  const Targets one_sided = LabelSmoothing{.real = 0.9, .fake = 0.0}.edit_targets(hard_targets(4), step.context);
  CHECK(at::equal(one_sided.real, at::full({4}, 0.9f)));
  CHECK(at::equal(one_sided.fake, at::full({4}, 0.0f)));
  const Targets two_sided = LabelSmoothing{.real = 0.9, .fake = 0.1}.edit_targets(
      {at::full({2}, 1.0, at::kDouble), at::full({2}, 0.25, at::kDouble)}, step.context);
  CHECK(mean_value(two_sided.real) == Approx(0.9));
  CHECK(mean_value(two_sided.fake) == Approx(0.1 + 0.8 * 0.25));
}

TEST_CASE("a flip exchanges the two targets of a pair, in the share that was asked for", "[policies]") {
  Step step;
  // Targets that tell where they came from.
  const Targets before = SoftLabels{.real = {0.6, 1}, .fake = {0, 0.4}}.edit_targets(hard_targets(many), step.context);
  const Targets after = LabelFlips{.probability = 0.3}.edit_targets(before, step.context);
  const Tensor flipped = after.real.eq(before.fake);
  CHECK(at::equal(flipped, after.fake.eq(before.real)));
  CHECK(at::equal(flipped.logical_not(), after.real.eq(before.real)));
  CHECK(at::equal(flipped.logical_not(), after.fake.eq(before.fake)));
  CHECK(mean_value(flipped.to(at::kDouble)) == Approx(0.3).margin(0.015));

  const Targets all = LabelFlips{.probability = 1}.edit_targets(hard_targets(8), step.context);
  CHECK(highest(all.real) == 0);
  CHECK(lowest(all.fake) == 1);
  const Targets none = LabelFlips{.probability = 0}.edit_targets(hard_targets(8), step.context);
  CHECK(lowest(none.real) == 1);
}

TEST_CASE("real shown as fake changes a share of the real targets and no fake one", "[policies]") {
  Step step;
  const Targets before = SoftLabels{}.edit_targets(hard_targets(many), step.context);
  const Targets after = RealShownAsFake{.probability = 0.2}.edit_targets(before, step.context);
  CHECK(at::equal(after.fake, before.fake));
  const Tensor shown = after.real.eq(before.fake);
  CHECK(at::equal(shown.logical_not(), after.real.eq(before.real)));
  CHECK(mean_value(shown.to(at::kDouble)) == Approx(0.2).margin(0.015));
}

TEST_CASE("label noise has its deviation and stays within 0 and 1", "[policies]") {
  Step step;
  const Targets half{at::full({many}, 0.5), at::full({many}, 0.5)};
  const Targets inner = LabelNoise{.sigma = 0.05}.edit_targets(half, step.context);
  CHECK(mean_value(inner.real) == Approx(0.5).margin(0.002));
  CHECK(inner.fake.std().item<double>() == Approx(0.05).epsilon(0.03));
  const Targets edge = LabelNoise{.sigma = 0.05}.edit_targets(hard_targets(many), step.context);
  CHECK(highest(edge.real) == 1);
  CHECK(lowest(edge.real) < 1);
  CHECK(lowest(edge.fake) == 0);
  // Half of a normal law is clamped away, so half of the targets stay hard.
  CHECK(mean_value(edge.fake.eq(0).to(at::kDouble)) == Approx(0.5).margin(0.02));
}

TEST_CASE("label policies give the same targets from the same random state and others from the next", "[policies]") {
  const auto run = [](std::uint64_t seed) {
    Step step(seed);
    Targets targets = SoftLabels{}.edit_targets(hard_targets(64), step.context);
    targets = LabelNoise{}.edit_targets(targets, step.context);
    targets = LabelFlips{.probability = 0.5}.edit_targets(targets, step.context);
    return RealShownAsFake{.probability = 0.5}.edit_targets(targets, step.context);
  };
  CHECK(at::equal(run(5).real, run(5).real));
  CHECK(at::equal(run(5).fake, run(5).fake));
  CHECK_FALSE(at::equal(run(5).real, run(6).real));
  Step step(5);
  const Tensor first = SoftLabels{}.edit_targets(hard_targets(64), step.context).real;
  CHECK_FALSE(at::equal(first, SoftLabels{}.edit_targets(hard_targets(64), step.context).real));
}

TEST_CASE("label parameters out of range are refused by name", "[policies]") {
  CHECK(contains(message_of<OptionError>([] { SoftLabels{.real = {0.9, 0.7}}.validate(); }), "soft_labels: real"));
  CHECK(contains(message_of<OptionError>([] { LabelSmoothing{.real = 1.2}.validate(); }), "label_smoothing: real"));
  CHECK(contains(message_of<OptionError>([] { LabelSmoothing{.real = 0.1, .fake = 0.9}.validate(); }), "below real"));
  CHECK(contains(message_of<OptionError>([] { LabelFlips{.probability = -0.1}.validate(); }), "label_flips"));
  CHECK(contains(message_of<OptionError>([] { RealShownAsFake{.probability = 2}.validate(); }), "real_shown_as_fake"));
  CHECK(contains(message_of<OptionError>([] { LabelNoise{.sigma = -1}.validate(); }),
                 "label_noise: sigma must be finite and at least 0, not -1"));
}
