// Sources made of other sources: some of their images, several of them, all of one shape.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/data/image_source.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Some images of a source, in the given order.
class ImageSubset {
 public:
  /// `what` says what they are, such as "the train partition". Throws Error for an index that the source does not have.
  ImageSubset(AnyImageSource source, std::vector<std::int64_t> indices, std::string what);

  std::int64_t size() const { return static_cast<std::int64_t>(indices_.size()); }
  Tensor image(std::int64_t index) const { return source_.image(place(index)); }
  std::string name(std::int64_t index) const { return source_.name(place(index)); }
  double position(std::int64_t index) const { return source_.position(place(index)); }
  std::optional<std::string> encoded(std::int64_t index) const { return source_.encoded(place(index)); }
  Labels labels() const { return source_.labels().of(indices_); }
  /// "4,400 images (JPEG 4,400); used: 2,100 of them, with Smiling=1"
  std::string contents() const;
  std::string fingerprint() const;

 private:
  std::int64_t place(std::int64_t index) const { return indices_.at(static_cast<std::size_t>(index)); }

  AnyImageSource source_;
  std::vector<std::int64_t> indices_;
  std::string what_;
};

/// The images of several sources, one after the other. They keep their labels if all sources have columns of the same
/// names.
class JoinedImages {
 public:
  /// `sources`: each with a name, which stands before the names of its images. Throws Error if there are none.
  explicit JoinedImages(std::vector<std::pair<std::string, AnyImageSource>> sources);

  std::int64_t size() const { return ends_.back(); }
  Tensor image(std::int64_t index) const;
  std::string name(std::int64_t index) const;
  /// In the image's own source.
  double position(std::int64_t index) const;
  std::optional<std::string> encoded(std::int64_t index) const;
  /// Made anew by each call, which takes time for many images.
  Labels labels() const;
  std::string contents() const;
  std::string fingerprint() const;

 private:
  /// The place of the source, and of the image in it.
  std::pair<std::size_t, std::int64_t> place(std::int64_t index) const;

  std::vector<std::pair<std::string, AnyImageSource>> sources_;
  std::vector<std::int64_t> ends_;  // number of images up to the end of each source
};

/// How an image that is not square becomes so.
enum class Crop { center, top, pad, stretch };

template <>
struct EnumNames<Crop> {
  static constexpr std::array<std::pair<Crop, std::string_view>, 4> names{
      {{Crop::center, "center"}, {Crop::top, "top"}, {Crop::pad, "pad"}, {Crop::stretch, "stretch"}}};
};

/// The largest square in the middle (center) or at the upper edge (top) of uint8 [3, H, W], the image with black
/// stripes, resized to the side `size` if that is shorter (pad), or the image out of proportion, by antialiased
/// bilinear interpolation, with the side `size`, but at most its shorter one (stretch). 0: the size does not matter.
/// Throws Error naming any other shape, and ImageError if the stripes would make the image too large for memory.
Tensor make_square(const Tensor& image, Crop crop, std::int64_t size = 0);

/// A source whose images are square.
class SquareImages {
 public:
  /// `image_size`: the side, in pixels, to which the images will be resized; 0 if they will not be.
  SquareImages(AnyImageSource source, Crop crop, std::int64_t image_size = 0)
      : source_(std::move(source)), crop_(crop), image_size_(image_size) {}

  std::int64_t size() const { return source_.size(); }
  Tensor image(std::int64_t index) const { return make_square(source_.image(index), crop_, image_size_); }
  std::string name(std::int64_t index) const { return source_.name(index); }
  double position(std::int64_t index) const { return source_.position(index); }
  std::optional<std::string> encoded(std::int64_t index) const;
  Labels labels() const { return source_.labels(); }
  std::string contents() const { return source_.contents(); }
  /// The source's for Crop::center, else a hash of it and the crop.
  std::string fingerprint() const;

 private:
  AnyImageSource source_;
  Crop crop_;
  std::int64_t image_size_;
};

}  // namespace cspgan
