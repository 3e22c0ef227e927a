// Losses against formulas written out in plain loops, their gradients against finite differences, and their refusals.
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <functional>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/losses/any_loss.hpp"
#include "cspgan/losses/concepts.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/losses/registry.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;
using Numbers = std::vector<double>;

namespace {

// Scores on both sides of every bend (hinge at 1 and -1) and large enough to try the stability of the logarithms.
const Numbers real_scores{-3.0, -0.4, 0.2, 0.9, 1.3, 42.0};
const Numbers fake_scores{-42.0, -1.7, -0.6, 0.1, 0.8, 2.5};
const Numbers real_targets{1.0, 0.9, 0.75, 0.8, 0.0, 1.0};
const Numbers fake_targets{0.0, 0.1, 0.25, 0.2, 1.0, 0.0};

Tensor column(const Numbers& numbers) { return at::tensor(numbers, at::kDouble); }
Scores scores() { return {column(real_scores), column(fake_scores)}; }
Targets targets() { return {column(real_targets), column(fake_targets)}; }

double mean(std::function<double(std::size_t)> term, std::size_t count = 6) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += term(i);
  return sum / static_cast<double>(count);
}
/// log(1 + exp(x)), by a way of its own.
double log1p_exp(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
/// -t log(sigmoid(s)) - (1 - t) log(1 - sigmoid(s)).
double cross_entropy(double s, double t) { return t * log1p_exp(-s) + (1 - t) * log1p_exp(s); }

double discriminator_value(std::string_view loss) {
  if (loss == "non_saturating" || loss == "saturating")
    return mean([](auto i) { return cross_entropy(real_scores[i], real_targets[i]); }) +
           mean([](auto i) { return cross_entropy(fake_scores[i], fake_targets[i]); });
  if (loss == "least_squares")
    return mean([](auto i) { return std::pow(real_scores[i] - real_targets[i], 2) / 2; }) +
           mean([](auto i) { return std::pow(fake_scores[i] - fake_targets[i], 2) / 2; });
  if (loss == "hinge")
    return mean([](auto i) { return real_scores[i] < 1 ? 1 - real_scores[i] : 0; }) +
           mean([](auto i) { return fake_scores[i] > -1 ? 1 + fake_scores[i] : 0; });
  if (loss == "wasserstein")
    return mean([](auto i) { return fake_scores[i]; }) - mean([](auto i) { return real_scores[i]; });
  if (loss == "relativistic_pairing") return mean([](auto i) { return log1p_exp(fake_scores[i] - real_scores[i]); });
  throw std::logic_error("a loss without a formula in this test");
}

double generator_value(std::string_view loss) {
  if (loss == "non_saturating") return mean([](auto i) { return cross_entropy(fake_scores[i], real_targets[i]); });
  if (loss == "saturating") return -mean([](auto i) { return cross_entropy(fake_scores[i], fake_targets[i]); });
  if (loss == "least_squares") return mean([](auto i) { return std::pow(fake_scores[i] - real_targets[i], 2) / 2; });
  if (loss == "hinge" || loss == "wasserstein") return -mean([](auto i) { return fake_scores[i]; });
  if (loss == "relativistic_pairing") return mean([](auto i) { return log1p_exp(real_scores[i] - fake_scores[i]); });
  throw std::logic_error("a loss without a formula in this test");
}

/// The largest difference between the gradient that back-propagation gives and central differences.
double gradient_error(const std::function<Tensor(const Scores&)>& loss, bool by_real) {
  Scores point = scores();
  Tensor& variable = by_real ? point.real : point.fake;
  variable.requires_grad_(true);
  loss(point).backward();
  if (!variable.grad().defined()) return 1e9;
  const double step = 1e-5;
  double worst = 0;
  for (std::int64_t i = 0; i < variable.size(0); ++i) {
    const auto at_offset = [&](double offset) {
      Scores moved{point.real.detach().clone(), point.fake.detach().clone()};
      (by_real ? moved.real : moved.fake)[i].add_(offset);
      return loss(moved).item<double>();
    };
    const double slope = (at_offset(step) - at_offset(-step)) / (2 * step);
    worst = std::max(worst, std::abs(slope - variable.grad()[i].item<double>()));
  }
  return worst;
}

struct NoGenerator {
  Tensor discriminator(const Scores&) const;
};
/// A user's loss: targets for the discriminator, none for the generator, no name and no options.
struct MixedLoss {
  Tensor discriminator(const Scores& s, const Targets& t) const { return s.real.sub(t.real).abs().mean(); }
  Tensor generator(const Scores& s) const { return s.fake.mean(); }
};

static_assert(TargetLoss<NonSaturatingLoss> && TargetLoss<SaturatingLoss> && TargetLoss<LeastSquaresLoss>);
static_assert(Loss<HingeLoss> && !TargetLoss<HingeLoss> && !uses_targets<WassersteinLoss>);
static_assert(generator_needs_real_scores<RelativisticPairingLoss> && !generator_needs_real_scores<HingeLoss>);
static_assert(TargetLoss<MixedLoss> && !Loss<NoGenerator> && !Loss<int>);
static_assert(TargetLoss<AnyLoss>);

}  // namespace

TEST_CASE("each registered loss equals its formula written out in loops", "[losses]") {
  for (const auto& entry : losses().entries()) {
    INFO(entry.name);
    const AnyLoss loss = losses().make(Value(entry.name), "loss");
    CHECK(loss.discriminator(scores(), targets()).item<double>() ==
          Approx(discriminator_value(entry.name)).epsilon(1e-12));
    CHECK(loss.generator(scores(), targets()).item<double>() == Approx(generator_value(entry.name)).epsilon(1e-12));
  }
  CHECK(losses().entries().size() == 6);
}

TEST_CASE("each registered loss has the gradient that finite differences give", "[losses]") {
  for (const auto& entry : losses().entries()) {
    INFO(entry.name);
    const AnyLoss loss = losses().make(Value(entry.name), "loss");
    const auto discriminator = [&](const Scores& s) { return loss.discriminator(s, targets()); };
    const auto generator = [&](const Scores& s) { return loss.generator(s, targets()); };
    CHECK(gradient_error(discriminator, true) < 1e-6);
    CHECK(gradient_error(discriminator, false) < 1e-6);
    CHECK(gradient_error(generator, false) < 1e-6);
  }
}

TEST_CASE("with hard targets every loss pushes real up and fake down, and the generator pushes fake up", "[losses]") {
  for (const auto& entry : losses().entries()) {
    INFO(entry.name);
    const AnyLoss loss = losses().make(Value(entry.name), "loss");
    // Between both targets, where least squares too has one way to go.
    const Scores near{column({0.3, 0.6, 0.1}).requires_grad_(true), column({0.2, 0.1, 0.7}).requires_grad_(true)};
    const Targets hard{at::ones({3}, at::kDouble), at::zeros({3}, at::kDouble)};
    loss.discriminator(near, hard).backward();
    CHECK(near.real.grad().max().item<double>() < 0);
    CHECK(near.fake.grad().min().item<double>() > 0);
    near.fake.mutable_grad() = Tensor();
    loss.generator(near, hard).backward();
    CHECK(near.fake.grad().max().item<double>() < 0);
  }
}

TEST_CASE("discriminator_weight multiplies the discriminator's loss and leaves the generator's", "[losses]") {
  for (const auto& entry : losses().entries()) {
    INFO(entry.name);
    const Value tenth{Value::Object{{"name", Value(entry.name)}, {"discriminator_weight", Value(0.1)}}};
    const AnyLoss loss = losses().make(tenth, "loss");
    CHECK(loss.discriminator(scores(), targets()).item<double>() ==
          Approx(0.1 * discriminator_value(entry.name)).epsilon(1e-12));
    CHECK(loss.generator(scores(), targets()).item<double>() == Approx(generator_value(entry.name)).epsilon(1e-12));
    CHECK(loss.describe() == tenth);
  }
  CHECK(contains(message_of<OptionError>([] { (void)AnyLoss(HingeLoss{.discriminator_weight = 0}); }),
                 "hinge: discriminator_weight must be finite and above 0, not 0"));
}

TEST_CASE("a discriminator's [N, 1, 1, 1] is refused with its shape", "[losses]") {
  for (const auto& entry : losses().entries()) {
    const AnyLoss loss = losses().make(Value(entry.name), "loss");
    const Scores square{at::zeros({6, 1, 1, 1}), at::zeros({6, 1, 1, 1})};
    const Targets six{at::ones({6}), at::zeros({6})};
    for (const std::string& message : {message_of<Error>([&] { loss.discriminator(square, six); }),
                                       message_of<Error>([&] { loss.generator(square, six); })}) {
      INFO(message);
      CHECK(contains(message, entry.name));
      CHECK(contains(message, "[6, 1, 1, 1]"));
    }
  }
  CHECK(contains(message_of<Error>([] {
                   NonSaturatingLoss{}.discriminator({at::zeros({6}), at::zeros({6})}, {at::ones({1}), at::zeros({6})});
                 }),
                 "targets.real has shape [1] beside scores of [6]"));
  CHECK(contains(message_of<Error>([] {
                   RelativisticPairingLoss{}.generator({Tensor(), at::zeros({6})});
                 }),
                 "scores.real must have shape [N], one logit an image, but has (undefined)"));
  CHECK(contains(message_of<Error>([] {
                   RelativisticPairingLoss{}.discriminator({at::zeros({1}), at::zeros({6})});
                 }),
                 "[1] and [6]"));
}

TEST_CASE("AnyLoss knows what the loss inside needs", "[losses]") {
  CHECK(AnyLoss(NonSaturatingLoss{}).uses_targets());
  CHECK_FALSE(AnyLoss(HingeLoss{}).uses_targets());
  CHECK(loss_needs_real_scores(AnyLoss(RelativisticPairingLoss{})));
  CHECK(loss_needs_real_scores(RelativisticPairingLoss{}));
  CHECK_FALSE(loss_needs_real_scores(AnyLoss(NonSaturatingLoss{})));
  CHECK(AnyLoss(MixedLoss{}).describe().at("name").string() == "loss");
  CHECK(generator_loss(AnyLoss(MixedLoss{}), scores(), targets()).item<double>() ==
        Approx(mean([](auto i) { return fake_scores[i]; })));
  const AnyLoss copy = AnyLoss(HingeLoss{.discriminator_weight = 0.5});
  REQUIRE(copy.get_if<HingeLoss>() != nullptr);
  CHECK(*copy.get_if<HingeLoss>() == HingeLoss{.discriminator_weight = 0.5});
  CHECK(copy.get_if<WassersteinLoss>() == nullptr);
  CHECK(copy.name() == "hinge");
}

TEST_CASE("a misspelled loss or field is answered with the nearest name", "[losses]") {
  CHECK(contains(message_of<OptionError>([] { losses().make(Value("hing"), "loss"); }), "hinge"));
  CHECK(contains(message_of<OptionError>([] {
                   losses().make(parse_json(R"({"name": "hinge", "discriminator_wieght": 1})", "test"), "loss");
                 }),
                 "discriminator_weight"));
}
