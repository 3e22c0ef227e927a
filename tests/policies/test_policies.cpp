// Sets of policies, type-erased policies and the registry: hooks found, order, names, state, refusals.
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include "cspgan/core/error.hpp"
#include "cspgan/losses/any_loss.hpp"
#include "cspgan/losses/losses.hpp"
#include "cspgan/policies/adaptive_pseudo_augmentation.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "cspgan/policies/gradient_penalties.hpp"
#include "cspgan/policies/instance_noise.hpp"
#include "cspgan/policies/labels.hpp"
#include "cspgan/policies/lecam.hpp"
#include "cspgan/policies/policies.hpp"
#include "cspgan/policies/registry.hpp"
#include "cspgan/policies/replay_buffer.hpp"
#include "helpers.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

/// A user's policy with two hooks and state, without a name or options.
struct Counting {
  int edits = 0;
  Tensor edit_images(Tensor images, StepContext&) {
    ++edits;
    return images.add(1);
  }
  Tensor generator_penalty(const GeneratorUpdate& update, StepContext&) {
    return update.fake.square().mean().mul(edits);
  }
  void save(StateWriter& writer) const { writer.integer("edits", edits); }
  void load(StateReader& reader) { edits = static_cast<int>(reader.integer("edits")); }
};
struct Doubling {
  static constexpr std::string_view name = "doubling";
  Tensor edit_images(Tensor images, StepContext&) const { return images.mul(2); }
};
struct Misspelled {
  Tensor edit_image(Tensor images, StepContext&) const;
};
struct WrongParameters {
  Targets edit_targets(Targets targets) const;
  Tensor edit_images(Tensor images, StepContext&) const;
};
struct Cropping {
  static constexpr std::string_view name = "cropping";
  Tensor edit_images(Tensor images, StepContext&) const { return images.narrow(2, 0, 1); }
};
struct NotScalar {
  static constexpr std::string_view name = "not_scalar";
  Tensor discriminator_penalty(const DiscriminatorUpdate& update, StepContext&) const { return update.scores.real; }
};

static_assert(Policy<SoftLabels> && EditsTargets<LabelFlips> && !EditsImages<LabelFlips>);
static_assert(EditsFakes<ReplayBuffer> && Saves<ReplayBuffer> && Saves<LeCam> && !Saves<R1>);
static_assert(EditsReals<AdaptivePseudoAugmentation> && ObservesScores<AdaptivePseudoAugmentation>);
static_assert(PenalizesDiscriminator<R1> && PenalizesGenerator<Counting> && EditsImages<Counting>);
static_assert(!Policy<Misspelled> && !Policy<int>);
static_assert(detail::NamesEditTargets<WrongParameters> && !EditsTargets<WrongParameters>);
static_assert(!detail::NamesEditTargets<Doubling> && detail::NamesEditImages<Doubling>);
static_assert(check_policies<NonSaturatingLoss, SoftLabels, R1>());
static_assert(check_policies<HingeLoss, R1, Policies<InstanceNoise>>());
static_assert(check_policies<HingeLoss, PolicyList, Policies<AnyPolicy>>());  // left to run time
static_assert(detail::CertainToEditTargets<Policies<R1, LabelNoise>>::value);
static_assert(!detail::CertainToEditTargets<AnyPolicy>::value && !detail::CertainToEditTargets<PolicyList>::value);

const Tensor some_reals = drawn({4, 3, 2, 2}, 31);
const Tensor some_fakes = drawn({4, 3, 2, 2}, 32);

/// Everything that six steps of a set of policies give, in one row of numbers.
Tensor everything(auto& set) {
  const SmallDiscriminator discriminator;
  Step at(9);
  std::vector<Tensor> all;
  for (int step = 0; step < 6; ++step, ++at.context.step, at.context.images += 4) {
    const Tensor reals = set.edit_reals(some_reals, some_fakes, at.context);
    const Tensor fakes = set.edit_fakes(some_fakes.add(step), at.context);
    at.context.domain = Domain::real;
    const Tensor real = set.edit_images(reals, at.context);
    at.context.domain = Domain::fake;
    const Tensor fake = set.edit_images(fakes, at.context);
    const Targets targets = set.edit_targets(hard_targets(4), at.context);
    const Scores scores{discriminator(real), discriminator(fake)};
    set.observe_scores(scores, at.context);
    const Penalties penalties = set.discriminator_penalty({real, fake, scores, discriminator}, at.context);
    for (const Tensor& tensor : {real, fake, targets.real, targets.fake, penalties.sum.detach()})
      all.push_back(tensor.to(at::kDouble).reshape(-1));
    for (const auto& part : penalties.parts) all.push_back(part.value.to(at::kDouble).reshape(-1));
  }
  return at::cat(all);
}

auto one_of_each() {
  return Policies{SoftLabels{},
                  LabelSmoothing{},
                  LabelFlips{.probability = 0.5},
                  RealShownAsFake{.probability = 0.5},
                  LabelNoise{},
                  InstanceNoise{},
                  GradientPenalty{.every = 2},
                  R1{},
                  R2{},
                  LeCam{},
                  ReplayBuffer{.capacity = 6},
                  DifferentiableAugmentation{},
                  AdaptivePseudoAugmentation{.target = -1, .ramp_kimg = 0.001}};
}
PolicyList the_same_at_run_time() {
  std::vector<AnyPolicy> all;
  auto plain = one_of_each();
  plain.for_each([&](const auto& policy) { all.emplace_back(policy); });
  return PolicyList(std::move(all));
}

}  // namespace

TEST_CASE("type-erased policies give the same bits as plain ones", "[policies]") {
  auto plain = one_of_each();
  PolicyList erased = the_same_at_run_time();
  CHECK(at::equal(everything(plain), everything(erased)));
  CHECK(plain.names() == erased.names());
  CHECK(plain.describe() == erased.describe());
  CHECK(erased.size() == 13);
}

TEST_CASE("hooks run in the order in which the policies are given", "[policies]") {
  Step step;
  const Tensor ones = at::full({1, 3, 2, 2}, 1.0);
  Policies add_then_double{Counting{}, Doubling{}};
  Policies double_then_add{Doubling{}, Counting{}};
  CHECK(add_then_double.edit_images(ones, step.context).max().item<double>() == 4);
  CHECK(double_then_add.edit_images(ones, step.context).max().item<double>() == 3);
}

TEST_CASE("both hooks of one policy act and share its state", "[policies]") {
  Step step;
  Policies set{Counting{}, R1{}};
  const Tensor fake = at::full({2, 3, 2, 2}, 3.0);
  const Scores scores{Tensor(), at::full({2}, 0.0)};
  const GeneratorUpdate update{fake, fake, scores, [](const Tensor& latents) { return latents; }};
  CHECK(set.generator_penalty(update, step.context).sum.item<double>() == 0);
  set.edit_images(fake, step.context);
  set.edit_images(fake, step.context);
  const Penalties penalties = set.generator_penalty(update, step.context);
  CHECK(penalties.sum.item<double>() == 18);
  REQUIRE(penalties.parts.size() == 1);
  CHECK(penalties.parts[0].name == "policy");
}

TEST_CASE("the penalties of an update are summed and told apart by name, and nothing is due where none is",
          "[policies]") {
  const SmallDiscriminator discriminator;
  Policies set{R1{.gamma = 1}, R1{.gamma = 3, .every = 2}, SoftLabels{}, R2{.gamma = 1, .every = 2}};
  const Scores scores{discriminator(some_reals), discriminator(some_fakes)};
  const DiscriminatorUpdate update{some_reals, some_fakes, scores, discriminator};
  Step due(1, 0), not_due(1, 1);
  const Penalties all = set.discriminator_penalty(update, due.context);
  REQUIRE(all.parts.size() == 3);
  CHECK(all.parts[0].name == "r1");
  CHECK(all.parts[1].name == "r1_2");
  CHECK(all.parts[2].name == "r2");
  CHECK(all.parts[1].value.item<double>() == Approx(6 * all.parts[0].value.item<double>()));
  double sum = 0;
  for (const auto& part : all.parts) {
    sum += part.value.item<double>();
    CHECK_FALSE(part.value.requires_grad());
  }
  CHECK(all.sum.item<double>() == Approx(sum));
  CHECK(all.sum.requires_grad());
  CHECK(set.discriminator_penalty(update, not_due.context).parts.size() == 1);
  CHECK(set.needs_image_gradients(Domain::fake, due.context));
  CHECK_FALSE(set.needs_image_gradients(Domain::fake, not_due.context));
  Policies none{};
  CHECK_FALSE(none.discriminator_penalty(update, due.context).sum.defined());
  CHECK(none.size() == 0);
}

TEST_CASE("a set's state survives save and load, each policy's under its place and name", "[policies]") {
  Policies first{Counting{}, LeCam{}, ReplayBuffer{.capacity = 6}, R1{}};
  everything(first);
  TensorFile file;
  StateWriter writer(file, "policies.");
  first.save(writer);
  CHECK(StateReader(file, "policies.1.lecam.").has("real_mean"));
  PolicyList second{Counting{}, LeCam{}, ReplayBuffer{.capacity = 6}, R1{}};
  StateReader reader(file, "policies.");
  second.load(reader);
  CHECK(second[0].get_if<Counting>()->edits == first.get<0>().edits);
  CHECK(at::equal(everything(second), everything(first)));
  PolicyList other{LeCam{}};
  CHECK(contains(message_of<Error>([&] { other.load(reader); }), "0.lecam"));
}

TEST_CASE("a copy of a type-erased policy has state of its own", "[policies]") {
  AnyPolicy original = Counting{};
  Step step;
  const Tensor images = at::full({1, 3, 2, 2}, 0.0);
  original.edit_images(images, step.context);
  AnyPolicy copy = original;
  original.edit_images(images, step.context);
  CHECK(copy.get_if<Counting>()->edits == 1);
  CHECK(original.get_if<Counting>()->edits == 2);
  copy = original;
  CHECK(copy.get_if<Counting>()->edits == 2);
  CHECK(copy.get_if<R1>() == nullptr);
  CHECK(copy.name() == "policy");
}

TEST_CASE("a label policy on a loss without targets is refused at run time where only then it is known", "[policies]") {
  const std::string message = message_of<OptionError>([] {
    require_compatible(AnyLoss(HingeLoss{}), PolicyList{R1{}, LabelFlips{}});
  });
  CHECK(contains(message, "label_flips edits targets, but the loss hinge uses none"));
  CHECK_NOTHROW(require_compatible(AnyLoss(HingeLoss{}), PolicyList{R1{}, InstanceNoise{}}));
  CHECK_NOTHROW(require_compatible(AnyLoss(NonSaturatingLoss{}), PolicyList{LabelFlips{}}));
  CHECK_NOTHROW(require_compatible(HingeLoss{}, Policies{}));
  CHECK_THROWS_AS(require_compatible(HingeLoss{}, PolicyList{SoftLabels{}}), OptionError);
  CHECK(PolicyList{R1{}, LabelNoise{}}.edits_targets());
  CHECK_FALSE(Policies{R1{}}.edits_targets());
}

TEST_CASE("a set refuses wrong parameters when it is made and wrong shapes when a hook gives them", "[policies]") {
  CHECK(contains(message_of<OptionError>([] {
                   Policies{SoftLabels{}, R1{.gamma = -2}};
                 }),
                 "r1: gamma must be finite and at least 0, not -2"));
  CHECK(contains(message_of<OptionError>([] { (void)AnyPolicy(LabelFlips{.probability = 7}); }), "label_flips"));
  Step step;
  Policies cropping{Doubling{}, Cropping{}};
  CHECK(contains(message_of<Error>([&] { cropping.edit_images(some_reals, step.context); }),
                 "cropping: edit_images was given shape [4, 3, 2, 2] and returned [4, 3, 1, 2]"));
  Policies not_scalar{NotScalar{}};
  const Scores scores{at::full({4}, 0.0), at::full({4}, 0.0)};
  const DiscriminatorUpdate update{some_reals, some_fakes, scores, [](const Tensor& images) { return images; }};
  CHECK(contains(message_of<Error>([&] { not_scalar.discriminator_penalty(update, step.context); }),
                 "not_scalar: a penalty is a scalar, but this one has shape [4]"));
}

TEST_CASE("every registered policy comes back from its own description", "[policies]") {
  for (const auto& entry : policies().entries()) {
    INFO(entry.name);
    const AnyPolicy made = policies().make(Value(entry.name), "policies");
    CHECK(made.name() == entry.name);
    CHECK(policies().make(made.describe(), "policies").describe() == made.describe());
    CHECK(entry.fields.size() + 1 == made.describe().object().size());
  }
  CHECK(policies().entries().size() == one_of_each().size());
}

TEST_CASE("a recipe's table becomes a policy, and a misspelled name or field is answered with the nearest",
          "[policies]") {
  const auto make = [](const char* text) { return policies().make(parse_json(text, "test"), "policies[0]"); };
  const AnyPolicy penalty = make(R"({"name": "gradient_penalty", "weight": 5, "at": "real", "every": 4})");
  CHECK(*penalty.get_if<GradientPenalty>() == GradientPenalty{.weight = 5, .at = PenaltyPoint::real, .every = 4});
  const AnyPolicy noise = make(R"({"name": "instance_noise", "until_kimg": 200})");
  CHECK(*noise.get_if<InstanceNoise>() == InstanceNoise{.until_kimg = 200});
  CHECK(contains(message_of<OptionError>([&] { make(R"("soft_lables")"); }), "soft_labels"));
  CHECK(contains(message_of<OptionError>([&] { make(R"({"name": "r1", "gama": 1})"); }), "gamma"));
  CHECK(contains(message_of<OptionError>([&] { make(R"({"name": "gradient_penalty", "at": "reel"})"); }), "real"));
  CHECK(contains(message_of<OptionError>([&] { make(R"({"name": "soft_labels", "real": [0.9, 0.7]})"); }),
                 "soft_labels"));
}
