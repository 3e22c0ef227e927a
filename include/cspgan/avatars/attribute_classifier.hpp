// Predicts the attributes of avatars from images: a small classifier, trained on avatars that the library draws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/on_progress.hpp"
#include "cspgan/core/options.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The network and its training; see describe() for meanings and ranges.
struct AttributeClassifierOptions {
  std::int64_t image_size = 32;
  std::uint64_t seed = 0;
  std::int64_t images = 12'000;
  std::int64_t steps = 1500;
  std::int64_t batch_size = 64;
  std::int64_t base_channels = 32;
  double learning_rate = 2e-3;
  double noise = 0.05;

  /// Options with which the classifier reads every attribute with at least 99 % accuracy from images of `size` >= 32
  /// pixels a side, which it resizes to 64 if they are large enough, else to 32. Throws OptionError for smaller sizes.
  static AttributeClassifierOptions for_pictures_of(std::int64_t size);

  static void describe(auto&& self, auto&& field) {
    field("image_size", self.image_size, "side, in pixels, of the images that it reads: 32 or 64");
    field("seed", self.seed, "seed of its initial weights, its training images and their order");
    field("images", self.images, "number of different avatars that it is trained on, >= 1");
    field("steps", self.steps, "number of training steps, >= 1");
    field("batch_size", self.batch_size, "images per step, >= 2");
    field("base_channels", self.base_channels,
          "features of its finest feature map, >= 1; each coarser one has twice as many");
    field("learning_rate", self.learning_rate,
          "largest step size, after a short rise; it then falls to 0 along a cosine");
    field("noise", self.noise,
          "largest standard deviation of the noise added to training images, whose values are in [-1, 1]");
  }
  /// Throws OptionError naming the option.
  void validate() const;
  friend bool operator==(const AttributeClassifierOptions&, const AttributeClassifierOptions&) = default;
};

/// The attributes that a classifier predicts for images.
struct AttributePrediction {
  Tensor labels;      // int64 [N, attributes], encoded as by avatar_labels
  Tensor confidence;  // float32 [N, attributes]: the probability of each label, in (0, 1]
};

/// How accurate a classifier is on avatars whose attributes are known.
struct AttributeAccuracy {
  std::vector<double> of_attributes{};  // accuracy in [0, 1] for each attribute, in the order of avatar_attributes()
  std::vector<double> clear{};          // share of the images read clearly, for each attribute
  std::int64_t count = 0;               // number of images
};

/// An attribute is read clearly if its predicted label has at least this probability.
inline constexpr double clear_confidence = 0.9;

/// The number of images in which each attribute is read clearly, int64 [attributes].
Tensor count_clear(const AttributePrediction& reading);

/// A convolutional network with batch norm and one head for each attribute: about 250,000 weights at 32 pixels. Copies
/// share their weights, which never change; read() may be called from several threads at once.
class AttributeClassifier {
 public:
  /// Draws `images` avatars and trains on them and their mirror images. Bald heads are sampled four times as often as
  /// they occur, since their hair color shows only in the eyebrows. The same options give bit-identical weights on the
  /// same machine with the same number of threads. Throws OptionError as validate() does.
  static AttributeClassifier train(const AttributeClassifierOptions& options = {}, const OnProgress& progress = {});

  /// Loads a classifier from `folder` if an intact file for exactly these options and this version's drawings is there;
  /// otherwise trains one and saves it there. `problem`, if given, is set to the reason why a file was not used or
  /// could not be written.
  static AttributeClassifier from_cache(const std::filesystem::path& folder,
                                        const AttributeClassifierOptions& options = {}, const OnProgress& progress = {},
                                        std::string* problem = nullptr);

  /// Predicts the attributes in uint8 [N, 3, S, S], S >= image_size; larger images are resized. Throws Error naming any
  /// other shape or type.
  AttributePrediction read(const Tensor& images) const;

  /// The accuracy on avatars of these options, whose seed should differ from the classifier's; `fresh.image_size` is
  /// the size before read() resizes the images.
  AttributeAccuracy accuracy(const AvatarOptions& fresh, const OnProgress& progress = {}) const;

  const AttributeClassifierOptions& options() const { return options_; }
  /// Number of weights.
  std::int64_t parameters() const;

 private:
  class Network;
  AttributeClassifier(AttributeClassifierOptions options, std::shared_ptr<Network> network)
      : options_(options), network_(std::move(network)) {}

  AttributeClassifierOptions options_;
  std::shared_ptr<Network> network_;
};

}  // namespace cspgan
