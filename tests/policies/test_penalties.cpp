// Penalties on the discriminator: values against loops, gradients by its parameters against finite differences.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/state.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/lecam.hpp"
#include "helpers.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

constexpr std::int64_t batch = 4;
const Tensor real_images = drawn({batch, 3, 2, 2}, 21);
const Tensor fake_images = drawn({batch, 3, 2, 2}, 22).mul(0.5);

/// The penalty of one discriminator's update. With `shared`, the images required gradients when they were scored.
Tensor penalty_of(auto& policy, const SmallDiscriminator& discriminator, std::int64_t step = 0, bool shared = false) {
  Step at(7, step);
  const Tensor real = real_images.detach().requires_grad_(shared), fake = fake_images.detach().requires_grad_(shared);
  const Scores scores{discriminator(real), discriminator(fake)};
  int calls = 0;
  const DiscriminatorUpdate update{real, fake, scores, [&](const Tensor& images) {
                                     ++calls;
                                     return discriminator(images);
                                   }};
  const Tensor result = policy.discriminator_penalty(update, at.context);
  if (shared && calls > 0) throw std::logic_error("a second pass of the discriminator was made");
  return result;
}

double mean_of(const std::vector<double>& values, auto&& term) {
  double sum = 0;
  for (const double value : values) sum += term(value);
  return sum / static_cast<double>(values.size());
}

/// One small step of the parameters down the penalty's gradient must lower it.
template <class P>
bool descends(P policy) {
  const SmallDiscriminator discriminator;
  const Tensor before = penalty_of(policy, discriminator);
  before.backward();
  at::NoGradGuard no_graph;
  for (const Tensor& parameter : discriminator.parameters())
    if (parameter.grad().defined()) parameter.detach().sub_(parameter.grad(), 1e-4);
  at::AutoGradMode graph(true);
  return penalty_of(policy, discriminator).template item<double>() < before.item<double>();
}

template <class P>
double parameter_gradient_error(P policy, bool shared = false) {
  const SmallDiscriminator discriminator;
  return gradient_error(discriminator.parameters(), [&] { return penalty_of(policy, discriminator, 0, shared); });
}

}  // namespace

TEST_CASE("R1 and R2 are gamma / 2 times the mean squared gradient norm at real and at fake images", "[policies]") {
  const SmallDiscriminator discriminator;
  const auto itself = [](double squared) { return squared; };
  R1 r1{.gamma = 0.6};
  R2 r2{.gamma = 0.6};
  CHECK(penalty_of(r1, discriminator).item<double>() ==
        Approx(0.3 * mean_of(discriminator.squared_norms(real_images), itself)).epsilon(1e-12));
  CHECK(penalty_of(r2, discriminator).item<double>() ==
        Approx(0.3 * mean_of(discriminator.squared_norms(fake_images), itself)).epsilon(1e-12));
}

TEST_CASE("without a gamma, R1 and R2 take 0.0002 times the pixels over the batch size", "[policies]") {
  CHECK(recommended_gamma(at::zeros({8, 3, 32, 64})) == Approx(0.0002 * 32 * 64 / 8));
  const SmallDiscriminator discriminator;
  const double rule = 0.0002 * 4 / batch;
  R1 r1{.gamma = {}}, r1_by_hand{.gamma = rule};
  R2 r2{.gamma = {}}, r2_by_hand{.gamma = rule};
  const auto number = [&](auto& policy) {
    return static_cast<Tensor>(penalty_of(policy, discriminator)).item<double>();
  };
  CHECK(number(r1) == number(r1_by_hand));
  CHECK(number(r2) == number(r2_by_hand));
}

TEST_CASE("the gradient penalty is the mean squared distance of gradient norms to the target", "[policies]") {
  const SmallDiscriminator discriminator;
  const auto expected = [&](const Tensor& points, double target) {
    return 10 * mean_of(discriminator.squared_norms(points),
                        [&](double squared) { return (std::sqrt(squared) - target) * (std::sqrt(squared) - target); });
  };
  GradientPenalty real{.weight = 10, .target_norm = 1, .at = PenaltyPoint::real};
  CHECK(penalty_of(real, discriminator).item<double>() == Approx(expected(real_images, 1)).epsilon(1e-9));
  GradientPenalty fake{.weight = 10, .target_norm = 0, .at = PenaltyPoint::fake};
  CHECK(penalty_of(fake, discriminator).item<double>() == Approx(expected(fake_images, 0)).epsilon(1e-9));

  // The same draw as the policy's: one share an image.
  Tensor points = fake_images.clone();
  const auto shares = numbers(TensorRandom(7, at::kCPU).uniform({batch, 1, 1, 1}, {0, 1}, at::kDouble));
  for (std::int64_t i = 0; i < batch; ++i) {
    const double share = shares[static_cast<std::size_t>(i)];
    points[i].copy_(real_images[i].mul(share).add(fake_images[i], 1 - share));
  }
  GradientPenalty between{};
  CHECK(penalty_of(between, discriminator).item<double>() == Approx(expected(points, 1)).epsilon(1e-9));
}

TEST_CASE("the gradient of each gradient penalty by the parameters equals finite differences", "[policies]") {
  CHECK(parameter_gradient_error(R1{.gamma = 2}) < 1e-7);
  CHECK(parameter_gradient_error(R2{.gamma = 2}) < 1e-7);
  CHECK(parameter_gradient_error(GradientPenalty{}) < 1e-7);
  CHECK(parameter_gradient_error(GradientPenalty{.at = PenaltyPoint::real}) < 1e-7);
  CHECK(parameter_gradient_error(GradientPenalty{.target_norm = 0, .at = PenaltyPoint::fake}) < 1e-7);
}

TEST_CASE("a step down the gradient lowers each penalty", "[policies]") {
  CHECK(descends(R1{.gamma = 2}));
  CHECK(descends(R2{.gamma = 2}));
  CHECK(descends(GradientPenalty{}));
  CHECK(descends(GradientPenalty{.at = PenaltyPoint::real}));
  CHECK(descends(LeCam{.weight = 1,
                       .decay = 1,
                       .real_mean = at::full({}, 0.5, at::kDouble),
                       .fake_mean = at::full({}, -0.5, at::kDouble)}));
}

TEST_CASE("images that required gradients from the start save a pass and change no value", "[policies]") {
  const SmallDiscriminator discriminator;
  const auto same = [&](auto policy) {
    return at::equal(penalty_of(policy, discriminator), penalty_of(policy, discriminator, 0, /*shared=*/true));
  };
  CHECK(same(R1{}));
  CHECK(same(R2{}));
  CHECK(same(GradientPenalty{.at = PenaltyPoint::real}));
  CHECK(same(GradientPenalty{.at = PenaltyPoint::fake}));
  CHECK(parameter_gradient_error(R1{}, /*shared=*/true) < 1e-7);
  Step due(1, 8), not_due(1, 9);
  CHECK(R1{.every = 4}.needs_image_gradients(Domain::real, due.context));
  CHECK_FALSE(R1{.every = 4}.needs_image_gradients(Domain::fake, due.context));
  CHECK_FALSE(R1{.every = 4}.needs_image_gradients(Domain::real, not_due.context));
  CHECK(R2{}.needs_image_gradients(Domain::fake, due.context));
  CHECK_FALSE(GradientPenalty{}.needs_image_gradients(Domain::real, due.context));
}

TEST_CASE("a lazy penalty comes in every n-th step, n times as large", "[policies]") {
  const SmallDiscriminator discriminator;
  const auto check = [&](auto eager, auto lazy) {
    lazy.every = 4;
    const double once = penalty_of(eager, discriminator).template item<double>();
    CHECK(penalty_of(lazy, discriminator, 0).template item<double>() == Approx(4 * once).epsilon(1e-12));
    CHECK(penalty_of(lazy, discriminator, 8).template item<double>() == Approx(4 * once).epsilon(1e-12));
    for (const std::int64_t step : {1, 2, 3, 5}) CHECK_FALSE(penalty_of(lazy, discriminator, step).defined());
    CHECK(penalty_of(eager, discriminator, 3).defined());
  };
  check(R1{}, R1{});
  check(R2{}, R2{});
  check(GradientPenalty{}, GradientPenalty{});
}

TEST_CASE("a gradient of zero leaves the gradient penalty's own gradient finite", "[policies]") {
  const SmallDiscriminator discriminator;
  discriminator.out.detach().zero_();
  GradientPenalty policy{};
  const Tensor penalty = penalty_of(policy, discriminator);
  CHECK(penalty.item<double>() == Approx(10).epsilon(1e-4));
  penalty.backward();
  for (const Tensor& parameter : discriminator.parameters()) CHECK(parameter.grad().isfinite().all().item<bool>());
}

TEST_CASE("LeCam follows a sequence worked out by hand", "[policies]") {
  LeCam policy{.weight = 2, .decay = 0.75};
  Step step;
  const std::function<Tensor(const Tensor&)> unused = [](const Tensor& images) { return images; };
  const auto penalty = [&](std::vector<double> real, std::vector<double> fake) {
    const Scores scores{at::tensor(real, at::kDouble), at::tensor(fake, at::kDouble)};
    return policy.discriminator_penalty({real_images, fake_images, scores, unused}, step.context).item<double>();
  };
  // Means 2 and -1 start the running means: 2 (((1+1)^2 + (3+1)^2)/2 + ((-1.5-2)^2 + (-0.5-2)^2)/2).
  CHECK(penalty({1, 3}, {-1.5, -0.5}) == Approx(2 * (10 + 9.25)));
  // Means 4 and 3: the running ones become 0.75 * 2 + 0.25 * 4 = 2.5 and 0.75 * -1 + 0.25 * 3 = 0.
  CHECK(penalty({4, 4}, {3, 3}) == Approx(2 * (16 + 0.25)));
  CHECK(policy.real_mean.item<double>() == Approx(2.5));
  CHECK(policy.fake_mean.item<double>() == Approx(0.0).margin(1e-15));
  // One-sided: a fake above the running mean of the real ones and a real one below that of the fakes cost nothing.
  policy.one_sided = true;
  policy.decay = 1;
  CHECK(penalty({-1, 1}, {5, 0.5}) == Approx(2 * (0.5 + 2)));
  // Before its start the means run, but nothing is penalized.
  policy.from_kimg = 1;
  policy.decay = 0;
  const Scores scores{at::tensor({8.0, 8.0}), at::tensor({9.0, 9.0})};
  CHECK_FALSE(policy.discriminator_penalty({real_images, fake_images, scores, unused}, step.context).defined());
  CHECK(policy.real_mean.item<double>() == 8);
}

TEST_CASE("LeCam's gradient by the parameters equals finite differences, its running means held", "[policies]") {
  const LeCam held{.weight = 3,
                   .decay = 1,
                   .real_mean = at::full({}, 0.5, at::kDouble),
                   .fake_mean = at::full({}, -0.2, at::kDouble)};
  CHECK(parameter_gradient_error(held) < 1e-7);
  LeCam one_sided = held;
  one_sided.one_sided = true;
  CHECK(parameter_gradient_error(one_sided) < 1e-7);
  // With running means that move, no gradient goes through them.
  LeCam moving{.decay = 0.5};
  const SmallDiscriminator discriminator;
  penalty_of(moving, discriminator);
  CHECK_FALSE(moving.real_mean.requires_grad());
}

TEST_CASE("LeCam goes on after save and load as if nothing had happened", "[policies]") {
  const SmallDiscriminator discriminator;
  LeCam original{};
  penalty_of(original, discriminator);
  TensorFile file;
  StateWriter writer(file, "policy.");
  original.save(writer);
  LeCam restored{};
  StateReader reader(file, "policy.");
  restored.load(reader);
  CHECK(at::equal(restored.real_mean, original.real_mean));
  CHECK(at::equal(penalty_of(restored, discriminator), penalty_of(original, discriminator)));

  TensorFile fresh_file;
  StateWriter fresh_writer(fresh_file);
  LeCam{}.save(fresh_writer);
  StateReader fresh_reader(fresh_file);
  restored.load(fresh_reader);
  CHECK_FALSE(restored.real_mean.defined());
}

TEST_CASE("penalty parameters out of range are refused by name", "[policies]") {
  CHECK(contains(message_of<OptionError>([] { R1{.gamma = -1}.validate(); }),
                 "r1: gamma must be finite and at least 0, not -1"));
  CHECK(contains(message_of<OptionError>([] { R2{.every = 0}.validate(); }), "r2: every must be at least 1, not 0"));
  CHECK(
      contains(message_of<OptionError>([] { GradientPenalty{.weight = NAN}.validate(); }), "gradient_penalty: weight"));
  CHECK(contains(message_of<OptionError>([] { LeCam{.decay = 1.5}.validate(); }), "lecam: decay"));
  const SmallDiscriminator discriminator;
  const Tensor three = drawn({3, 3, 2, 2}, 3);
  const Scores scores{discriminator(real_images), discriminator(three)};
  Step step;
  CHECK(contains(message_of<Error>([&] {
                   GradientPenalty{}.discriminator_penalty({real_images, three, scores, discriminator}, step.context);
                 }),
                 "[4, 3, 2, 2] and [3, 3, 2, 2]"));
}
