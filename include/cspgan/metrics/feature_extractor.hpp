// The concept of an extractor, which turns images into the features that metrics compare.
#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// `features(images)` maps RGB images [N, 3, H, W] to floats [N, D]. The images are uint8, or float32 in [0, 255] if
/// they were resized by a convention (resize_for_features). `name()` is shown beside every metric. Optional members:
/// - `probabilities(images)` gives [N, classes], which an Inception score needs;
/// - `gives_probabilities()` says whether this extractor has probabilities, if not all of its type have them;
/// - `is_inception()` says whether metrics may be called FID, KID and Inception score;
/// - `identity()` gives a text that differs between extractors that give different features; without it, no features
///   are cached;
/// - `file_sha256()` gives the SHA-256 of the file that the extractor was read from.
template <class Extractor>
concept FeatureExtractor = requires(Extractor& extractor, const Tensor& images) {
  { extractor.features(images) } -> std::convertible_to<Tensor>;
  { extractor.name() } -> std::convertible_to<std::string>;
};

/// Holds any extractor as a value; copies share the extractor. A GPU computes features in full precision.
class AnyFeatureExtractor {
 public:
  template <class Extractor>
  requires(!std::same_as<std::remove_cvref_t<Extractor>, AnyFeatureExtractor> &&
           FeatureExtractor<std::remove_cvref_t<Extractor>>) AnyFeatureExtractor(Extractor&& extractor)
      : extractor_(std::make_shared<Model<std::remove_cvref_t<Extractor>>>(std::forward<Extractor>(extractor))) {}

  Tensor features(const Tensor& images) {
    const FullPrecisionScope exact;
    return extractor_->features(images);
  }
  /// Throws Error if the extractor gives no probabilities.
  Tensor probabilities(const Tensor& images) {
    const FullPrecisionScope exact;
    return extractor_->probabilities(images);
  }
  bool gives_probabilities() const { return extractor_->gives_probabilities(); }
  std::string name() const { return extractor_->name(); }
  bool is_inception() const { return extractor_->is_inception(); }
  /// Empty if the extractor has none.
  std::string identity() const { return extractor_->identity(); }
  /// Empty if the extractor was not read from a file.
  std::string file_sha256() const { return extractor_->file_sha256(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual Tensor features(const Tensor& images) = 0;
    virtual Tensor probabilities(const Tensor& images) = 0;
    virtual bool gives_probabilities() const = 0;
    virtual std::string name() const = 0;
    virtual bool is_inception() const = 0;
    virtual std::string identity() const = 0;
    virtual std::string file_sha256() const = 0;
  };

  template <class Extractor>
  struct Model final : Interface {
    template <class Argument>
    explicit Model(Argument&& argument) : extractor(std::forward<Argument>(argument)) {}

    Tensor features(const Tensor& images) override { return extractor.features(images); }
    Tensor probabilities(const Tensor& images) override {
      if constexpr (requires {
                      { extractor.probabilities(images) } -> std::convertible_to<Tensor>;
                    })
        return extractor.probabilities(images);
      else
        throw Error("the extractor '" + name() + "' gives no probabilities, which an Inception score needs");
    }
    bool gives_probabilities() const override {
      if constexpr (requires {
                      { extractor.gives_probabilities() } -> std::convertible_to<bool>;
                    })
        return extractor.gives_probabilities();
      else
        return requires(Extractor & classifier, const Tensor& images) {
          { classifier.probabilities(images) } -> std::convertible_to<Tensor>;
        };
    }
    std::string name() const override { return extractor.name(); }
    bool is_inception() const override {
      if constexpr (requires {
                      { extractor.is_inception() } -> std::convertible_to<bool>;
                    })
        return extractor.is_inception();
      else
        return false;
    }
    std::string identity() const override {
      if constexpr (requires {
                      { extractor.identity() } -> std::convertible_to<std::string>;
                    })
        return extractor.identity();
      else
        return "";
    }
    std::string file_sha256() const override {
      if constexpr (requires {
                      { extractor.file_sha256() } -> std::convertible_to<std::string>;
                    })
        return extractor.file_sha256();
      else
        return "";
    }

    Extractor extractor;
  };

  std::shared_ptr<Interface> extractor_;
};

}  // namespace cspgan
