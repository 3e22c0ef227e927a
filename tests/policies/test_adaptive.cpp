// Policies that follow the discriminator's scores: the controller of ADA, adaptive augmentation, pseudo augmentation.
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/state.hpp"
#include "cspgan/policies/adaptive_pseudo_augmentation.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "helpers.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

/// Scores of real images of which a share is above zero.
Tensor scores_with(std::int64_t above, std::int64_t count) {
  Tensor scores = at::full({count}, -0.3);
  scores.narrow(0, 0, above).fill_(2.0);
  return scores;
}

double number(const Tensor& scalar) { return scalar.item<double>(); }

}  // namespace

TEST_CASE("the adaptive probability rises while the mean sign is above its target, and falls below it", "[policies]") {
  AdaptiveProbability probability;
  const auto after = [&](std::int64_t above, int updates) {
    for (int i = 0; i < updates; ++i) probability.observe(scores_with(above, 10), 0.6, 0.2, 0.5);
    return number(probability.value());
  };
  CHECK(after(9, 3) == 0);                   // mean sign 0.8 > 0.6, but nothing changes before the fourth
  CHECK(after(9, 1) == Approx(40 / 200.0));  // 40 images of 200
  CHECK(after(9, 4) == Approx(80 / 200.0));
  CHECK(after(10, 4) == Approx(0.5));              // the limit
  CHECK(after(7, 4) == Approx(0.5 - 40 / 200.0));  // mean sign 0.4
  CHECK(after(0, 40) == 0);
  CHECK(after(8, 4) == Approx(0).margin(1e-6));  // mean sign 0.6 is the target
}

TEST_CASE("an adaptive probability goes on after save and load as if nothing had happened", "[policies]") {
  AdaptiveProbability unbroken, first;
  const auto observe = [](AdaptiveProbability& probability, int update) {
    probability.observe(scores_with(update % 3 == 0 ? 2 : 9, 10), 0.2, 0.3, 1);
  };
  for (int i = 0; i < 21; ++i) observe(unbroken, i);
  for (int i = 0; i < 10; ++i) observe(first, i);
  TensorFile file;
  StateWriter writer(file, "p.");
  first.save(writer);
  AdaptiveProbability second;
  StateReader reader(file, "p.");
  second.load(reader);
  for (int i = 10; i < 21; ++i) observe(second, i);
  CHECK(number(unbroken.value()) > 0);
  CHECK(number(unbroken.value()) == number(second.value()));
}

TEST_CASE("pseudo augmentation shows the share of fakes as real that its probability says", "[policies]") {
  AdaptivePseudoAugmentation policy{.target = 0, .ramp_kimg = 1, .limit = 0.3};
  Step step;
  const Tensor reals = at::zeros({2000, 3, 2, 2}).contiguous(at::MemoryFormat::ChannelsLast),
               fakes = at::ones({2000, 3, 2, 2});
  CHECK(at::equal(policy.edit_reals(reals, fakes, step.context), reals));  // no scores yet
  for (int i = 0; i < 4; ++i) policy.observe_scores({at::ones({400}), at::zeros({400})}, step.context);
  const Tensor shown = policy.edit_reals(reals, fakes, step.context);
  CHECK(number(shown.mean()) == Approx(0.3).margin(0.03));  // 3 standard deviations
  CHECK(shown.is_contiguous(at::MemoryFormat::ChannelsLast));
  const Tensor of_images = shown.flatten(1).mean(1);
  CHECK(number(of_images.eq(0).logical_or(of_images.eq(1)).all().to(at::kDouble)) == 1);  // whole images
  CHECK(contains(message_of<Error>([&] {
                   policy.edit_reals(reals, at::zeros({1, 3, 2, 2}), step.context);
                 }),
                 "there are reals [2000, 3, 2, 2], but fakes [1, 3, 2, 2]"));
  CHECK(contains(message_of<OptionError>([] { AdaptivePseudoAugmentation{.limit = 2}.validate(); }), "limit"));
}

TEST_CASE("an augmentation with a target begins with none and reaches its probability", "[policies]") {
  DifferentiableAugmentation policy{.brightness = 0.5,
                                    .saturation = 0,
                                    .contrast = 0,
                                    .translation = 0,
                                    .cutout = 0,
                                    .probability = 0.4,
                                    .target = 0.6};
  policy.ramp_kimg = 1;
  Step step;
  const Tensor images = at::zeros({2000, 3, 4, 4});
  CHECK(at::equal(policy.edit_images(images, step.context), images));
  for (int i = 0; i < 4; ++i) policy.observe_scores({at::ones({200}), at::zeros({200})}, step.context);
  const Tensor changed = policy.edit_images(images, step.context).flatten(1).abs().amax(1).gt(0).to(at::kDouble);
  CHECK(number(changed.mean()) == Approx(0.4).margin(0.033));
  for (int i = 0; i < 4; ++i) policy.observe_scores({at::full({200}, -1.0), at::zeros({200})}, step.context);
  CHECK(at::equal(policy.edit_images(images, step.context), images));
}
