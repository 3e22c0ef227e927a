// Trains, caches and applies the attribute classifier.
#include "cspgan/avatars/attribute_classifier.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/where.h>
#include <c10/core/GradMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/checks.hpp"
#include "cspgan/avatars/avatar_metrics.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/core/safetensors.hpp"
#include "cspgan/core/sha256.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/data/resize.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/downsampling_block.hpp"
#include "cspgan/nn/initialization.hpp"
#include "cspgan/nn/module_state.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "cspgan/training/optimizers.hpp"

namespace cspgan {

namespace {

constexpr std::string_view key_field = "cspgan.attribute_classifier";
constexpr std::int64_t most_channels = 128;
constexpr std::int64_t coarsest_map = 4;
constexpr std::int64_t rising_steps = 50;  // during which the learning rate rises
constexpr std::int64_t chunk = 100;        // images per batch when predicting and drawing
constexpr double bald_weight = 4;

/// The avatars that a classifier is trained on.
Avatars lessons(const AttributeClassifierOptions& options) {
  AvatarWeights weights;
  weights.hair.assign(EnumNames<avatar::Hair>::names.size(), 1);
  weights.hair[static_cast<std::size_t>(avatar::Hair::bald)] = bald_weight;
  return Avatars({.seed = mix_seeds({options.seed, 0x70726f6265}),
                  .count = options.images,
                  .image_size = options.image_size,
                  .weights = std::move(weights)});
}

struct Drawn {
  Tensor images;  // uint8 [N, 3, S, S]
  Tensor labels;  // int64 [N, attributes]
};

/// Draws avatars `first`, ..., `first + count - 1` with all threads.
Drawn draw_some(const Avatars& avatars, std::int64_t first, std::int64_t count) {
  const std::int64_t size = avatars.options().image_size;
  Drawn drawn{at::empty({count, 3, size, size}, at::kByte),
              at::empty({count, static_cast<std::int64_t>(avatar_attributes().size())}, at::kLong)};
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const AvatarAppearance appearance = avatars.appearance(first + i);
      drawn.images[i].copy_(draw_avatar(appearance, size));
      drawn.labels[i].copy_(avatar_labels(appearance));
    }
  });
  return drawn;
}

/// Converts uint8 to floats in [-1, 1], channels_last.
Tensor as_input(const Tensor& images) {
  return images.to(at::kFloat).div_(127.5).sub_(1).contiguous(at::MemoryFormat::ChannelsLast);
}

/// The slice of the logits that belongs to each attribute.
std::vector<Tensor> heads(const Tensor& logits) {
  std::vector<std::int64_t> sizes;
  for (const AvatarAttribute& attribute : avatar_attributes())
    sizes.push_back(static_cast<std::int64_t>(attribute.values.size()));
  return logits.split_with_sizes(sizes, 1);
}

/// The learning rate: rises linearly, then falls along a cosine.
double rate_factor(std::int64_t step, std::int64_t steps) {
  const double rise = static_cast<double>(step + 1) / static_cast<double>(rising_steps);
  const double part = static_cast<double>(step) / static_cast<double>(steps);
  return std::min(1.0, rise) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

/// Identifies everything that determines a classifier except the machine: its options, its first training images, and a
/// version number of the code in this file.
std::string key_of(const AttributeClassifierOptions& options) {
  AttributeClassifierOptions few = options;
  few.images = std::min<std::int64_t>(options.images, 100);
  const Tensor pixels = draw_some(lessons(few), 0, few.images).images;
  const std::string_view bytes(static_cast<const char*>(pixels.const_data_ptr()), pixels.nbytes());
  return fmt::format("1; {}; drawings {}", to_json(to_value(options)), Sha256().add(bytes).text());
}

}  // namespace

class AttributeClassifier::Network : public torch::nn::Module {
 public:
  explicit Network(const AttributeClassifierOptions& options) {
    std::int64_t in = 3, out = options.base_channels;
    for (std::int64_t size = options.image_size; size > coarsest_map; size /= 2) {
      blocks_.push_back(register_module(
          fmt::format("block{}", blocks_.size()),
          DownsamplingBlock({.in_channels = in, .out_channels = out, .norm = Norm::batch, .bias = false})));
      in = out;
      out = std::min(2 * out, std::max(most_channels, options.base_channels));
    }
    std::int64_t values = 0;
    for (const AvatarAttribute& attribute : avatar_attributes())
      values += static_cast<std::int64_t>(attribute.values.size());
    head_ = register_module("head", Convolution({.in_channels = in, .out_channels = values, .kernel = coarsest_map}));
    use_channels_last(*this);
  }

  /// [N, 3, S, S] -> logits [N, values of all attributes].
  Tensor forward(Tensor x) {
    for (DownsamplingBlock& block : blocks_) x = block->forward(x);
    return head_->forward(x).flatten(1);
  }

 private:
  std::vector<DownsamplingBlock> blocks_;
  Convolution head_{nullptr};
};

AttributeClassifierOptions AttributeClassifierOptions::for_pictures_of(std::int64_t size) {
  if (size < 32)
    throw OptionError(fmt::format("avatars of {} pixels are too small to be read: at least 32 are needed", size));
  if (size < 64) return {.image_size = 32};
  return {.image_size = 64, .base_channels = 16};
}

void AttributeClassifierOptions::validate() const {
  detail::require(image_size == 32 || image_size == 64, "attribute classifier: image_size", "32 or 64", image_size);
  detail::require_at_least(images, 1, "attribute classifier: images");
  detail::require_at_least(steps, 1, "attribute classifier: steps");
  detail::require_at_least(batch_size, 2, "attribute classifier: batch_size");
  detail::require_at_least(base_channels, 1, "attribute classifier: base_channels");
  detail::require_positive(learning_rate, "attribute classifier: learning_rate");
  detail::require_not_negative(noise, "attribute classifier: noise");
}

AttributeClassifier AttributeClassifier::train(const AttributeClassifierOptions& options, const OnProgress& progress) {
  options.validate();
  const std::int64_t total = options.images + options.steps * options.batch_size;
  const auto tell = [&](std::int64_t done) {
    if (progress) progress(done, total);
  };
  const Avatars avatars = lessons(options);
  std::vector<Tensor> images, labels;
  for (std::int64_t first = 0; first < options.images; first += chunk) {
    Drawn drawn = draw_some(avatars, first, std::min(chunk, options.images - first));
    images.push_back(std::move(drawn.images));
    labels.push_back(std::move(drawn.labels));
    tell(std::min(first + chunk, options.images));
  }
  const Tensor all_images = at::cat(images), all_labels = at::cat(labels);

  auto network = std::make_shared<Network>(options);
  TensorRandom random(mix_seeds({options.seed, 0x7765696768}), at::kCPU);
  initialize(*network, {.scheme = InitializationScheme::kaiming}, random);
  Optimizer optimizer(Adam{.learning_rate = options.learning_rate, .beta1 = 0.9}, network->parameters());
  for (std::int64_t step = 0; step < options.steps; ++step) {
    const Tensor chosen = random.integers({options.batch_size}, 0, options.images);
    Tensor batch = as_input(all_images.index_select(0, chosen));
    const Tensor mirrored = random.bernoulli({options.batch_size, 1, 1, 1}, 0.5, at::kBool);
    batch = at::where(mirrored, batch.flip(3), batch);
    const Tensor sigma = random.uniform({options.batch_size, 1, 1, 1}, {0, options.noise});
    batch = (batch + sigma * random.normal(batch.sizes())).contiguous(at::MemoryFormat::ChannelsLast);

    const Tensor truth = all_labels.index_select(0, chosen);
    const std::vector<Tensor> logits = heads(network->forward(batch));
    Tensor loss = at::cross_entropy_loss(logits[0], truth.select(1, 0));
    for (std::size_t a = 1; a < logits.size(); ++a)
      loss = loss + at::cross_entropy_loss(logits[a], truth.select(1, static_cast<std::int64_t>(a)));
    optimizer.zero_gradients();
    loss.backward();
    optimizer.step(rate_factor(step, options.steps));
    tell(options.images + (step + 1) * options.batch_size);
  }
  optimizer.zero_gradients();
  network->eval();
  return {options, std::move(network)};
}

AttributeClassifier AttributeClassifier::from_cache(const std::filesystem::path& folder,
                                                    const AttributeClassifierOptions& options,
                                                    const OnProgress& progress, std::string* problem) {
  options.validate();
  const std::string key = key_of(options);
  const std::filesystem::path path = folder / (Sha256().add(key).text().substr(0, 32) + ".safetensors");
  std::error_code unknown;
  if (std::filesystem::exists(path, unknown)) {
    try {
      const TensorFile file = load_safetensors(path);
      if (!file.has_text(key_field) || file.text(key_field) != key)
        throw Error(fmt::format("'{}' is not used: it holds another classifier", path.string()));
      auto network = std::make_shared<Network>(options);
      load_module(*network, StateReader(file));
      network->eval();
      return {options, std::move(network)};
    } catch (const Error& error) {
      if (problem != nullptr) *problem = error.what();
    }
  }
  AttributeClassifier classifier = train(options, progress);
  try {
    make_folder(folder);
    remove_abandoned_files(folder);
    TensorFile file{.tensors = {}, .metadata = {{std::string(key_field), key}}};
    save_module(*classifier.network_, StateWriter(file));
    save_safetensors(path, file);
  } catch (const Error& error) {
    if (problem != nullptr) *problem = error.what();
  }
  return classifier;
}

AttributePrediction AttributeClassifier::read(const Tensor& images) const {
  const std::int64_t size = options_.image_size;
  if (!images.defined() || images.dim() != 4 || images.size(0) < 1 || images.size(1) != 3 ||
      images.size(2) != images.size(3) || images.size(2) < size || images.scalar_type() != at::kByte)
    throw Error(fmt::format("attribute classifier: images must be uint8 [N >= 1, 3, S, S], S >= {}, not {}", size,
                            describe_tensor(images)));
  const c10::AutoGradMode no_graph(false);
  std::vector<Tensor> labels, confidences;
  for (std::int64_t first = 0; first < images.size(0); first += chunk) {
    Tensor some = images.slice(0, first, first + chunk).to(at::kCPU);
    if (some.size(2) != size) {
      std::vector<Tensor> resized;
      for (const Tensor& image : some.unbind()) resized.push_back(resize(image, size));
      some = at::stack(resized);
    }
    std::vector<Tensor> columns, probabilities;
    for (const Tensor& logits : heads(network_->forward(as_input(some)))) {
      const auto [probability, label] = logits.softmax(1).max(1);
      columns.push_back(label);
      probabilities.push_back(probability);
    }
    labels.push_back(at::stack(columns, 1));
    confidences.push_back(at::stack(probabilities, 1));
  }
  return {.labels = at::cat(labels), .confidence = at::cat(confidences)};
}

AttributeAccuracy AttributeClassifier::accuracy(const AvatarOptions& fresh, const OnProgress& progress) const {
  const Avatars avatars(fresh);
  const auto count = static_cast<double>(fresh.count);
  const std::vector<double> none(avatar_attributes().size());
  AttributeAccuracy accuracy{.of_attributes = none, .clear = none, .count = fresh.count};
  for (std::int64_t first = 0; first < fresh.count; first += chunk) {
    const Drawn drawn = draw_some(avatars, first, std::min(chunk, fresh.count - first));
    const AttributePrediction reading = read(drawn.images);
    const Tensor right = (reading.labels == drawn.labels).sum(0), clear = count_clear(reading);
    for (std::size_t a = 0; a < none.size(); ++a) {
      accuracy.of_attributes[a] += right[static_cast<std::int64_t>(a)].item<double>() / count;
      accuracy.clear[a] += clear[static_cast<std::int64_t>(a)].item<double>() / count;
    }
    if (progress) progress(std::min(first + chunk, fresh.count), fresh.count);
  }
  return accuracy;
}

Tensor count_clear(const AttributePrediction& reading) { return (reading.confidence >= clear_confidence).sum(0); }

std::int64_t AttributeClassifier::parameters() const { return parameter_count(*network_); }

}  // namespace cspgan
