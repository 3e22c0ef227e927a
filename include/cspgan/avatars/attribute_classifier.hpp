// Reads the attributes of avatars from their pictures: a small classifier, trained on avatars that the library draws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/avatars/avatars.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct AttributeClassifierOptions {
  std::int64_t image_size = 32;
  std::uint64_t seed = 0;
  std::int64_t images = 12'000;
  std::int64_t steps = 1500;
  std::int64_t batch_size = 64;
  std::int64_t base_channels = 32;
  double learning_rate = 2e-3;
  double noise = 0.05;

  /// Those by which a probe of pictures of this size, >= 32, is right about at least 99 % of every attribute: it looks
  /// at 64 pixels where there are so many, else at 32. Throws OptionError for smaller ones.
  static AttributeClassifierOptions for_pictures_of(std::int64_t size);

  static void describe(auto&& self, auto&& field) {
    field("image_size", self.image_size, "pixels a side of what it looks at: 32 or 64");
    field("seed", self.seed, "of its first weights, its training images and their order");
    field("images", self.images, "different avatars that it learns from, >= 1");
    field("steps", self.steps, "of training, >= 1");
    field("batch_size", self.batch_size, "images a step, >= 2");
    field("base_channels", self.base_channels, "features of its finest map, >= 1; twice as many on each coarser one");
    field("learning_rate", self.learning_rate, "the largest, after a short rise; it falls to 0 along a cosine");
    field("noise", self.noise, "most pixel noise that an image is given, as a standard deviation of values in [-1, 1]");
  }
  /// Throws OptionError naming the option.
  void validate() const;
  friend bool operator==(const AttributeClassifierOptions&, const AttributeClassifierOptions&) = default;
};

/// What a probe saw.
struct AttributePrediction {
  Tensor labels;      // int64 [N, attributes], as of avatar_labels
  Tensor confidence;  // float32 [N, attributes]: the probability of each label, in (0, 1]
};

/// How often a probe is right about avatars whose attributes are known.
struct AttributeAccuracy {
  std::vector<double> of_attributes{};  // in [0, 1], in the order of avatar_attributes()
  std::vector<double> clear{};          // share of the images that it read clearly, for each attribute
  std::int64_t count = 0;               // images
};

/// An attribute is read clearly where its label has at least this probability.
inline constexpr double clear_confidence = 0.9;

/// Of how many images each attribute is read clearly, int64 [attributes].
Tensor count_clear(const AttributePrediction& reading);

/// A convolutional network with batch norm and one head for each attribute: some 250,000 weights at 32 pixels. Copies
/// share their weights, which never change; any number of threads may read at a time.
class AttributeClassifier {
 public:
  /// Draws `images` avatars (seen mirrored, too) and learns from them, bald heads four times as often as they are: on
  /// those the hair's color shows in the eyebrows alone. The same options give the same bits on the same machine with
  /// the same number of threads.
  static AttributeClassifier train(const AttributeClassifierOptions& options = {}, const OnProgress& progress = {});

  /// From `folder` where a probe of these very options and of this version's drawings is there and whole, else trained
  /// and put there. `problem`, where given, says why a file was not used, or not written.
  static AttributeClassifier from_cache(const std::filesystem::path& folder, const AttributeClassifierOptions& options = {},
                                const OnProgress& progress = {}, std::string* problem = nullptr);

  /// uint8 [N, 3, S, S], S >= image_size; larger ones are resized. Throws Error naming another shape or type.
  AttributePrediction read(const Tensor& images) const;

  /// On avatars of these options, which should have another seed than the probe; their size is that of the pictures
  /// before read() resizes them.
  AttributeAccuracy accuracy(const AvatarOptions& fresh, const OnProgress& progress = {}) const;

  const AttributeClassifierOptions& options() const { return options_; }
  std::int64_t parameters() const;

 private:
  class Network;
  AttributeClassifier(AttributeClassifierOptions options, std::shared_ptr<Network> network)
      : options_(options), network_(std::move(network)) {}

  AttributeClassifierOptions options_;
  std::shared_ptr<Network> network_;
};

}  // namespace cspgan
