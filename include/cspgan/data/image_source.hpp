// A source of images: any type with a size and an image for each index.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "cspgan/core/tensor.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "cspgan/data/image_error.hpp"
#include "cspgan/data/labels.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// `image(index)`, for 0 <= index < size(), returns uint8 [3, H, W], RGB, of any size, and the same image each time. It
/// is called from several threads at once and throws ImageError if this one image cannot be read (TransientImageError
/// if another attempt may succeed); any other exception ends the run. Optional: `name(index)`, a text for messages;
/// `fingerprint()`, a text that distinguishes one set of images from another; `contents()`, a sentence that says what
/// was found and what is left out; `labels()`, the labels of all images; `encoded(index)`, bytes that decide the
/// image's pixels, such as those of its file, which cost less than the image does; and `position(index)`, a number in
/// [0, 1) that stays the image's own wherever the source is, by which a share of the images is held out.
template <class Source>
concept ImageSource = requires(const Source& source, std::int64_t index) {
  { source.size() } -> std::convertible_to<std::int64_t>;
  { source.image(index) } -> std::convertible_to<Tensor>;
};

/// Type-erased image source with value semantics. Copies share one source, which is immutable from then on.
class AnyImageSource {
 public:
  template <class Source>
  requires(!std::same_as<std::remove_cvref_t<Source>, AnyImageSource> && ImageSource<std::remove_cvref_t<Source>>)
      AnyImageSource(Source&& source)
      : source_(std::make_shared<const Model<std::remove_cvref_t<Source>>>(std::forward<Source>(source))) {}

  /// Number of images.
  std::int64_t size() const { return source_->size(); }
  /// uint8 [3, H, W]; throws what the source throws.
  Tensor image(std::int64_t index) const { return source_->image(index); }
  /// "image <index>" if the source has no names.
  std::string name(std::int64_t index) const { return source_->name(index); }
  /// "<size> images" if the source says nothing of its contents.
  std::string contents() const { return source_->contents(); }
  /// Empty if the source has none.
  Labels labels() const { return source_->labels(); }
  /// In [0, 1); a hash of the name if the source does not say it.
  double position(std::int64_t index) const { return source_->position(index); }
  /// Bytes that decide the image's pixels; nothing if the source has none. Throws what the source throws.
  std::optional<std::string> encoded(std::int64_t index) const { return source_->encoded(index); }
  /// A hash of the size and the names if the source has no fingerprint of its own. The source is asked once, since it
  /// may look at all of its files.
  std::string fingerprint() const {
    std::call_once(source_->asked, [this] { source_->known = source_->fingerprint(); });
    return source_->known;
  }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual std::int64_t size() const = 0;
    virtual Tensor image(std::int64_t index) const = 0;
    virtual std::string name(std::int64_t index) const = 0;
    virtual double position(std::int64_t index) const = 0;
    virtual std::string contents() const = 0;
    virtual Labels labels() const = 0;
    virtual std::optional<std::string> encoded(std::int64_t index) const = 0;
    virtual std::string fingerprint() const = 0;
    mutable std::once_flag asked;
    mutable std::string known;  // the fingerprint
  };

  template <class Source>
  struct Model final : Interface {
    template <class Argument>
    explicit Model(Argument&& argument) : source(std::forward<Argument>(argument)) {}

    std::int64_t size() const override { return source.size(); }
    Tensor image(std::int64_t index) const override { return source.image(index); }
    std::string name(std::int64_t index) const override {
      if constexpr (requires {
                      { source.name(index) } -> std::convertible_to<std::string>;
                    }) {
        return source.name(index);
      } else {
        return "image " + std::to_string(index);
      }
    }
    double position(std::int64_t index) const override {
      if constexpr (requires {
                      { source.position(index) } -> std::convertible_to<double>;
                    }) {
        return source.position(index);
      } else {
        return Fingerprint().add(name(index)).position();
      }
    }
    std::string contents() const override {
      if constexpr (requires {
                      { source.contents() } -> std::convertible_to<std::string>;
                    }) {
        return source.contents();
      } else {
        return std::to_string(size()) + " images";
      }
    }
    Labels labels() const override {
      if constexpr (requires {
                      { source.labels() } -> std::convertible_to<Labels>;
                    }) {
        return source.labels();
      } else {
        return {};
      }
    }
    std::optional<std::string> encoded(std::int64_t index) const override {
      if constexpr (requires {
                      { source.encoded(index) } -> std::convertible_to<std::optional<std::string>>;
                    }) {
        return source.encoded(index);
      } else {
        return std::nullopt;
      }
    }
    std::string fingerprint() const override {
      if constexpr (requires {
                      { source.fingerprint() } -> std::convertible_to<std::string>;
                    }) {
        return source.fingerprint();
      } else {
        Fingerprint print;
        print.add(static_cast<std::uint64_t>(size()));
        for (std::int64_t index = 0; index < size(); ++index) print.add(name(index));
        return print.text();
      }
    }

    Source source;
  };

  std::shared_ptr<const Interface> source_;
};

}  // namespace cspgan
