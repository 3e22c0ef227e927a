// Policies that change images: instance noise, the replay buffer, differentiable augmentation.
#include <ATen/core/Tensor.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/state.hpp"
#include "cspgan/policies/differentiable_augmentation.hpp"
#include "cspgan/policies/instance_noise.hpp"
#include "cspgan/policies/registry.hpp"
#include "cspgan/policies/replay_buffer.hpp"
#include "helpers.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

/// Images whose every value is their number: first, first + 1, ...
Tensor numbered(std::int64_t first, std::int64_t count) {
  return at::arange(first, first + count, at::kFloat).view({count, 1, 1, 1}).expand({count, 3, 2, 2}).contiguous();
}

/// The numbers of such images; fails if an image is mixed from several.
std::vector<int> numbers_of(const Tensor& images) {
  std::vector<int> result;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const Tensor image = images[i];
    REQUIRE(image.min().item<float>() == image.max().item<float>());
    result.push_back(static_cast<int>(image.max().item<float>()));
  }
  return result;
}

/// All of the augmentation off, to switch on what a test looks at.
DifferentiableAugmentation nothing() {
  return {.brightness = 0, .saturation = 0, .contrast = 0, .translation = 0, .cutout = 0};
}

Tensor augmented(const DifferentiableAugmentation& policy, const Tensor& images, std::uint64_t seed = 3) {
  Step step(seed);
  return policy.edit_images(images, step.context);
}

}  // namespace

TEST_CASE("instance noise falls linearly and is gone at until_kimg", "[policies]") {
  const InstanceNoise noise{.sigma = 0.4, .until_kimg = 200};
  const Tensor images = at::full({8, 3, 64, 64}, 0.25);
  const auto deviation_after = [&](std::int64_t shown) {
    Step step(2, 0, shown);
    return noise.edit_images(images, step.context).sub(images).std().item<double>();
  };
  CHECK(deviation_after(0) == Approx(0.4).epsilon(0.02));
  CHECK(deviation_after(50'000) == Approx(0.3).epsilon(0.02));
  CHECK(deviation_after(150'000) == Approx(0.1).epsilon(0.02));
  CHECK(deviation_after(200'000) == 0);
  CHECK(deviation_after(900'000) == 0);
  CHECK(InstanceNoise{.sigma = 0.4}.sigma_at(1e9) == 0.4);
  Step again(2), same(2);
  CHECK(at::equal(noise.edit_images(images, again.context), noise.edit_images(images, same.context)));
  CHECK(contains(message_of<OptionError>([] { InstanceNoise{.until_kimg = 0}.validate(); }),
                 "until_kimg must be finite and above 0, not 0"));
}

TEST_CASE("a replay buffer shows fakes as they are until it is full, then exchanges some", "[policies]") {
  ReplayBuffer buffer{.capacity = 6, .probability = 0.5};
  Step step;
  CHECK(numbers_of(buffer.edit_fakes(numbered(0, 4), step.context)) == std::vector<int>{0, 1, 2, 3});
  CHECK(numbers_of(buffer.edit_fakes(numbered(4, 4), step.context)) == std::vector<int>{4, 5, 6, 7});
  CHECK(numbers_of(buffer.pool.images) == std::vector<int>{0, 1, 2, 3, 4, 5});

  int exchanged = 0, total = 0;
  for (int first = 8; first < 8 + 4 * 200; first += 4) {
    const auto before = numbers_of(buffer.pool.images);
    const auto shown = numbers_of(buffer.edit_fakes(numbered(first, 4), step.context));
    const auto after = numbers_of(buffer.pool.images);
    for (int i = 0; i < 4; ++i) {
      const int own = first + i, seen = shown[static_cast<std::size_t>(i)];
      const bool stored = std::count(after.begin(), after.end(), own) == 1;
      CHECK(stored == (seen != own));  // exchanged: the new one is kept and an older one is shown
      if (seen != own) CHECK(std::count(before.begin(), before.end(), seen) == 1);
      exchanged += stored;
      ++total;
    }
    CHECK(std::set<int>(after.begin(), after.end()).size() == 6);  // nothing is in the pool twice
    CHECK(std::set<int>(shown.begin(), shown.end()).size() == 4);
  }
  CHECK(exchanged / static_cast<double>(total) == Approx(0.5).margin(0.05));
}

TEST_CASE("a replay buffer keeps no graph and takes batches larger than itself", "[policies]") {
  ReplayBuffer buffer{.capacity = 3, .probability = 1};
  Step step;
  const Tensor first = numbered(0, 5).requires_grad_(true);
  buffer.edit_fakes(first, step.context);
  CHECK_FALSE(buffer.pool.images.requires_grad());
  const auto shown = numbers_of(buffer.edit_fakes(numbered(5, 5), step.context));
  CHECK(std::vector<int>(shown.begin() + 3, shown.end()) == std::vector<int>{8, 9});
  CHECK(std::set<int>(shown.begin(), shown.begin() + 3) == std::set<int>{0, 1, 2});
  CHECK(contains(message_of<Error>([&] {
                   buffer.edit_fakes(at::full({2, 3, 4, 4}, 0.0), step.context);
                 }),
                 "[2, 3, 4, 4]"));
}

TEST_CASE("a replay buffer goes on after save and load as if nothing had happened", "[policies]") {
  ReplayBuffer buffer{.capacity = 6};
  Step step;
  for (int first = 0; first < 40; first += 4) buffer.edit_fakes(numbered(first, 4), step.context);
  TensorFile file;
  StateWriter writer(file, "policy.");
  buffer.save(writer);
  const Tensor random_state = step.random.state();
  const auto go_on = [](ReplayBuffer& from, StepContext& context) {
    Tensor all;
    for (int first = 100; first < 140; first += 4) {
      const Tensor shown = from.edit_fakes(numbered(first, 4), context);
      all = all.defined() ? at::cat({all, shown}) : shown;
    }
    return all;
  };
  const Tensor expected = go_on(buffer, step.context);

  ReplayBuffer restored{.capacity = 6};
  StateReader reader(file, "policy.");  // what was saved is not what the buffer has since written in place
  restored.load(reader);
  Step resumed(99);
  resumed.random.set_state(random_state);
  CHECK(at::equal(go_on(restored, resumed.context), expected));
  CHECK(at::equal(restored.pool.images, buffer.pool.images));

  ReplayBuffer small{.capacity = 4};
  CHECK(contains(message_of<Error>([&] { small.load(reader); }), "capacity 4"));
}

TEST_CASE("a copy of a replay buffer has a pool of its own", "[policies]") {
  ReplayBuffer buffer{.capacity = 4, .probability = 1};
  Step step;
  buffer.edit_fakes(numbered(0, 4), step.context);
  ReplayBuffer copy = buffer;
  buffer.edit_fakes(numbered(10, 4), step.context);
  CHECK(numbers_of(copy.pool.images) == std::vector<int>{0, 1, 2, 3});
  CHECK(copy == buffer);  // equal in what was asked for
}

TEST_CASE("brightness adds one constant to each image, within its strength", "[policies]") {
  DifferentiableAugmentation policy = nothing();
  policy.brightness = 0.5;
  const Tensor images = drawn({64, 3, 4, 4}, 5);
  const Tensor change = augmented(policy, images).sub(images).flatten(1);
  CHECK(change.sub(change.narrow(1, 0, 1)).abs().max().item<double>() < 1e-12);
  CHECK(change.abs().max().item<double>() <= 0.5);
  CHECK(change.max().item<double>() > 0.4);
  CHECK(change.min().item<double>() < -0.4);
}

TEST_CASE("saturation scales what differs from the mean of a pixel, contrast what differs from that of the image",
          "[policies]") {
  const Tensor images = drawn({32, 3, 4, 4}, 5);
  const auto factors_of = [&](const DifferentiableAugmentation& policy, at::IntArrayRef axes) {
    const Tensor mean = images.mean(axes, true);
    const Tensor result = augmented(policy, images);
    CHECK(result.mean(axes, true).sub(mean).abs().max().item<double>() < 1e-12);
    const Tensor factor = result.sub(mean).div(images.sub(mean)).flatten(1);
    CHECK(factor.sub(factor.narrow(1, 0, 1)).abs().max().item<double>() < 1e-8);
    return factor;
  };
  DifferentiableAugmentation saturation = nothing();
  saturation.saturation = 1;
  const Tensor wide = factors_of(saturation, {1});
  CHECK(wide.min().item<double>() >= -1e-9);
  CHECK(wide.min().item<double>() < 0.2);
  CHECK(wide.max().item<double>() <= 2 + 1e-9);
  CHECK(wide.max().item<double>() > 1.8);
  DifferentiableAugmentation contrast = nothing();
  contrast.contrast = 0.5;
  const Tensor narrow = factors_of(contrast, {1, 2, 3});
  CHECK(narrow.min().item<double>() >= 0.5 - 1e-9);
  CHECK(narrow.max().item<double>() <= 1.5 + 1e-9);
}

TEST_CASE("color in one formula equals brightness, saturation and contrast one after the other", "[policies]") {
  DifferentiableAugmentation policy = nothing();
  policy.brightness = 0.5, policy.saturation = 1, policy.contrast = 0.5;
  const Tensor images = drawn({8, 3, 4, 4}, 5);
  TensorRandom random(3, at::kCPU);
  const Tensor saturation = random.uniform({8, 1, 1, 1}, {-1, 1}, at::kDouble).add(1);
  const Tensor contrast = random.uniform({8, 1, 1, 1}, {-0.5, 0.5}, at::kDouble).add(1);
  const Tensor brightness = random.uniform({8, 1, 1, 1}, {-0.5, 0.5}, at::kDouble);
  Tensor expected = images.add(brightness);
  const Tensor pixel_mean = expected.mean({1}, true);
  expected = expected.sub(pixel_mean).mul(saturation).add(pixel_mean);
  const Tensor image_mean = expected.mean({1, 2, 3}, true);
  expected = expected.sub(image_mean).mul(contrast).add(image_mean);
  CHECK(augmented(policy, images).sub(expected).abs().max().item<double>() < 1e-12);
}

TEST_CASE("translation moves each image by whole pixels and fills with zeros", "[policies]") {
  DifferentiableAugmentation policy = nothing();
  policy.translation = 0.25;
  const std::int64_t height = 8, width = 12;  // up to 2 rows and 3 columns
  const Tensor images = drawn({48, 3, height, width}, 6);
  const Tensor result = augmented(policy, images);
  std::set<std::int64_t> rows_seen, columns_seen;
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    int matches = 0;
    for (std::int64_t down = -2; down <= 2; ++down)
      for (std::int64_t right = -3; right <= 3; ++right) {
        Tensor moved = at::zeros({3, height, width}, at::kDouble);
        const auto part = [&](const Tensor& from, std::int64_t row, std::int64_t column) {
          return from.narrow(1, row, height - std::abs(down)).narrow(2, column, width - std::abs(right));
        };
        part(moved, std::max<std::int64_t>(down, 0), std::max<std::int64_t>(right, 0))
            .copy_(part(images[i], std::max<std::int64_t>(-down, 0), std::max<std::int64_t>(-right, 0)));
        if (!at::equal(moved, result[i])) continue;
        ++matches;
        rows_seen.insert(down);
        columns_seen.insert(right);
      }
    CHECK(matches == 1);
  }
  CHECK(rows_seen.size() == 5);
  CHECK(columns_seen.size() == 7);
}

TEST_CASE("cutout blanks one rectangle of half the side, cut at the borders, and nothing else", "[policies]") {
  DifferentiableAugmentation policy = nothing();
  policy.cutout = 0.5;
  const Tensor images = at::full({64, 3, 8, 8}, 1.0);
  const Tensor result = augmented(policy, images);
  std::int64_t most = 0;
  for (std::int64_t i = 0; i < 64; ++i) {
    const Tensor gone = result[i].eq(0);
    CHECK(at::equal(gone[0], gone[1]));
    CHECK(result[i].masked_select(gone.logical_not()).eq(1).all().item<bool>());
    const std::int64_t rows = gone[0].any(1).sum().item<std::int64_t>();
    const std::int64_t columns = gone[0].any(0).sum().item<std::int64_t>();
    CHECK(gone[0].sum().item<std::int64_t>() == rows * columns);  // a rectangle
    CHECK(rows >= 2);  // centered in the image, so at least half of its 4 rows are inside
    CHECK(rows <= 4);
    most = std::max(most, rows * columns);
  }
  CHECK(most == 16);
}

TEST_CASE("the augmentation's gradient by the images equals finite differences", "[policies]") {
  const DifferentiableAugmentation policy{.probability = 0.8};
  const Tensor images = drawn({3, 3, 6, 6}, 8).requires_grad_(true);
  const Tensor weights = drawn({3, 3, 6, 6}, 9);
  const double error = gradient_error({images}, [&] { return augmented(policy, images).square().mul(weights).sum(); });
  CHECK(error < 1e-7);
}

TEST_CASE("the augmentation's second derivative, of a penalty behind it, equals finite differences", "[policies]") {
  const DifferentiableAugmentation policy{.probability = 0.8};
  for (const at::MemoryFormat format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    const Tensor images = drawn({3, 3, 6, 6}, 8).requires_grad_(true);
    const Tensor weights = drawn({3, 3, 6, 6}, 9);
    const double error = gradient_error({images}, [&] {
      const Tensor score = augmented(policy, images.contiguous(format)).pow(3).mul(weights).sum();
      return torch::autograd::grad({score}, {images}, {}, /*retain_graph=*/true, /*create_graph=*/true)[0]
          .square()
          .sum();
    });
    CHECK(error < 1e-6);
  }
}

TEST_CASE("the augmentation changes the share of images that was asked for, the same for the same state",
          "[policies]") {
  const Tensor images = drawn({400, 3, 4, 4}, 5);
  const auto changed = [&](double probability) {
    const Tensor result = augmented({.probability = probability}, images);
    return result.ne(images).flatten(1).any(1).to(at::kDouble).mean().item<double>();
  };
  CHECK(changed(0) == 0);
  CHECK(changed(0.25) == Approx(0.25).margin(0.06));
  CHECK(changed(1) == 1);
  CHECK(at::equal(augmented({}, images, 4), augmented({}, images, 4)));
  CHECK_FALSE(at::equal(augmented({}, images, 4), augmented({}, images, 5)));
  Step late(1, 0, 50'000);
  CHECK(at::equal(DifferentiableAugmentation{.until_kimg = 50}.edit_images(images, late.context), images));
  CHECK(at::equal(augmented(nothing(), images), images));
  CHECK(contains(message_of<OptionError>([] { DifferentiableAugmentation{.cutout = 1.5}.validate(); }), "cutout"));
}

TEST_CASE("images leave every registered policy in the memory format they came in", "[policies]") {
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  for (const auto& entry : policies().entries()) {
    INFO(entry.name);
    AnyPolicy policy = policies().make(Value(entry.name), "policies");
    Step step;
    for (std::uint64_t batch = 0; batch < 10; ++batch) {  // in the last, a replay buffer is full and exchanges
      const Tensor images = drawn({32, 3, 8, 12}, batch).to(at::kFloat).contiguous(format);
      CHECK(policy.edit_images(images, step.context).strides() == images.strides());
      CHECK(policy.edit_fakes(images, step.context).strides() == images.strides());
    }
  }
}

TEST_CASE("translation and exchange give the same numbers in both memory formats", "[policies]") {
  DifferentiableAugmentation policy = nothing();
  policy.translation = 0.25, policy.probability = 0.7;
  ReplayBuffer buffer{.capacity = 12}, same{.capacity = 12};
  Step step, same_step;
  for (std::uint64_t batch = 0; batch < 6; ++batch) {
    const Tensor images = drawn({8, 3, 8, 12}, batch).to(at::kFloat);
    const Tensor channels_last = images.contiguous(at::MemoryFormat::ChannelsLast);
    CHECK(at::equal(augmented(policy, channels_last), augmented(policy, images)));
    CHECK(at::equal(buffer.edit_fakes(channels_last, step.context), same.edit_fakes(images, same_step.context)));
  }
}

TEST_CASE("a replay buffer's state is read back into the memory format of the fakes", "[policies]") {
  ReplayBuffer buffer{.capacity = 8};
  Step step;
  for (std::uint64_t batch = 0; batch < 3; ++batch) {
    TensorFile file;
    StateWriter writer(file, "policy.");
    buffer.save(writer);
    for (auto& [name, tensor] : file.tensors) tensor = tensor.contiguous();  // as a file has them
    StateReader reader(file, "policy.");
    buffer.load(reader);
    const Tensor fakes = drawn({8, 3, 4, 4}, batch).contiguous(at::MemoryFormat::ChannelsLast);
    CHECK(buffer.edit_fakes(fakes, step.context).strides() == fakes.strides());
    CHECK(buffer.pool.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}

TEST_CASE("gradients go back through an augmentation in the memory format that they came in", "[policies]") {
  const auto format = GENERATE(at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast);
  DifferentiableAugmentation translation = nothing();
  translation.translation = 0.25;
  for (const DifferentiableAugmentation& policy : {translation, DifferentiableAugmentation{}}) {
    const Tensor images = drawn({8, 3, 8, 12}, 5).contiguous(format).requires_grad_(true);
    const Tensor cotangent = drawn({8, 3, 8, 12}, 6).contiguous(format);
    const Tensor gradient = torch::autograd::grad({augmented(policy, images)}, {images}, {cotangent}).front();
    CHECK(gradient.strides() == images.strides());
  }
}
