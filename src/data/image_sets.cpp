#include "cspgan/data/image_sets.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/number_text.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/data/image_error.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/resize.hpp"

namespace cspgan {

namespace {

/// The text of each label, to be numbered anew among those of other sources; unknown labels make the whole row unknown.
std::vector<std::string> row_text(const Labels& labels, std::int64_t image) {
  std::vector<std::string> row;
  const auto* const values = labels.values.const_data_ptr<std::int64_t>() + image * labels.values.size(1);
  for (std::size_t i = 0; i < labels.columns.size(); ++i) {
    if (values[i] < 0) return {};
    row.push_back(labels.columns[i].classes[static_cast<std::size_t>(values[i])]);
  }
  return row;
}

Labels joined_labels(const std::vector<std::pair<std::string, AnyImageSource>>& sources) {
  std::vector<std::string> names;
  std::vector<std::vector<std::string>> rows;
  for (std::size_t s = 0; s < sources.size(); ++s) {
    const Labels labels = sources[s].second.labels();
    if (!labels.problem.empty()) return {.problem = labels.problem};
    std::vector<std::string> own;
    for (const LabelColumn& column : labels.columns) own.push_back(column.name);
    if (s == 0) names = own;
    if (own != names)
      return {.problem = fmt::format("'{}' and '{}' have different labels", sources[0].first, sources[s].first)};
    if (names.empty()) continue;
    for (std::int64_t i = 0; i < sources[s].second.size(); ++i) rows.push_back(row_text(labels, i));
  }
  return labels_from_text(names, rows);
}

/// The image with black stripes beside it, or above and below, so that the dimension has the length `side`.
Tensor padded(const Tensor& image, std::int64_t dimension, std::int64_t side) {
  const std::int64_t length = image.size(dimension);
  if (length == side) return image;
  std::vector<std::int64_t> shape = image.sizes().vec();
  shape[static_cast<std::size_t>(dimension)] = side;
  const Tensor wider = at::zeros(shape, at::kByte);
  wider.narrow(dimension, (side - length) / 2, length).copy_(image);
  return wider;
}

/// The square of a long image may be too large for memory: if it will be resized, rows are padded and resized some at a
/// time, then columns, which is the same, since resizing takes the one direction after the other.
Tensor padded(const Tensor& image, std::int64_t size) {
  const std::int64_t height = image.size(1), side = std::max(height, image.size(2));
  if (size == 0 || side <= size) {
    if (side > max_image_pixels / side)
      throw ImageError(
          fmt::format("with stripes to a square it would have {} x {} pixels, which is too large", side, side));
    return padded(padded(image, 1, side), 2, side);
  }
  constexpr std::int64_t together = 64;
  const Tensor narrow = at::empty({3, height, size}, at::kByte);  // one piece: small ones would scatter the heap
  for (std::int64_t first = 0; first < height; first += together) {
    const std::int64_t count = std::min(together, height - first);
    const std::int64_t least = std::max<std::int64_t>(count, 2);  // resize's
    const Tensor some = padded(padded(image.narrow(1, first, count), 2, side), 1, least);
    narrow.narrow(1, first, count).copy_(resize(some, least, size).narrow(1, 0, count));
  }
  return resize(padded(narrow, 1, side), size);
}

Tensor stretched(const Tensor& image, std::int64_t size) {
  const std::int64_t shorter = std::min(image.size(1), image.size(2));
  const std::int64_t side = size > 0 ? std::min(size, shorter) : shorter;  // enlarging is for whoever counts it
  return image.size(1) == image.size(2) || side < 2 ? center_crop_square(image) : resize(image, side);
}

}  // namespace

ImageSubset::ImageSubset(AnyImageSource source, std::vector<std::int64_t> indices, std::string what)
    : source_(std::move(source)), indices_(std::move(indices)), what_(std::move(what)) {
  for (const std::int64_t index : indices_)
    if (index < 0 || index >= source_.size())
      throw Error(fmt::format("image {} does not exist: there are {}", index, source_.size()));
}

std::string ImageSubset::contents() const {
  return fmt::format("{}; used: {} of them, {}", source_.contents(), grouped_digits(size()), what_);
}

JoinedImages::JoinedImages(std::vector<std::pair<std::string, AnyImageSource>> sources) : sources_(std::move(sources)) {
  if (sources_.empty()) throw Error("no sources to join");
  std::int64_t size = 0;
  for (const auto& [name, source] : sources_) ends_.push_back(size += source.size());
}

std::pair<std::size_t, std::int64_t> JoinedImages::place(std::int64_t index) const {
  if (index < 0 || index >= size()) throw Error(fmt::format("image {} does not exist: there are {}", index, size()));
  const auto end = std::ranges::upper_bound(ends_, index);
  const auto source = static_cast<std::size_t>(end - ends_.begin());
  return {source, index - (source == 0 ? 0 : ends_[source - 1])};
}

Tensor JoinedImages::image(std::int64_t index) const {
  const auto [source, image] = place(index);
  return sources_[source].second.image(image);
}

std::string JoinedImages::name(std::int64_t index) const {
  const auto [source, image] = place(index);
  return sources_[source].first + "/" + sources_[source].second.name(image);
}

double JoinedImages::position(std::int64_t index) const {
  const auto [source, image] = place(index);
  return sources_[source].second.position(image);
}

std::optional<std::string> JoinedImages::encoded(std::int64_t index) const {
  const auto [source, image] = place(index);
  return sources_[source].second.encoded(image);
}

Labels JoinedImages::labels() const { return joined_labels(sources_); }

std::string JoinedImages::contents() const {
  std::string text = fmt::format("{} images of {} sources", grouped_digits(size()), sources_.size());
  for (const auto& [name, source] : sources_) text += fmt::format("; '{}': {}", name, source.contents());
  return text;
}

std::string ImageSubset::fingerprint() const {
  Fingerprint print;
  print.add(source_.fingerprint());
  for (const std::int64_t index : indices_) print.add(static_cast<std::uint64_t>(index));
  return print.text(sampled_images);
}

std::string JoinedImages::fingerprint() const {
  Fingerprint print;
  for (const auto& [name, source] : sources_) print.add(source.fingerprint());
  return print.text(sampled_images);
}

Tensor make_square(const Tensor& image, Crop crop, std::int64_t size) {
  const Tensor center = center_crop_square(image);  // refuses other shapes
  if (crop == Crop::top && image.size(1) > image.size(2)) return image.narrow(1, 0, image.size(2));
  if (crop == Crop::pad) return padded(image, size);
  if (crop == Crop::stretch) return stretched(image, size);
  return center;
}

std::string SquareImages::fingerprint() const {
  if (crop_ == Crop::center) return source_.fingerprint();
  return Fingerprint().add(source_.fingerprint()).add(enum_name(crop_)).text(sampled_images);
}

std::optional<std::string> SquareImages::encoded(std::int64_t index) const {
  auto bytes = source_.encoded(index);
  if (!bytes) return bytes;
  return fmt::format("{} {}\n", enum_name(crop_), crop_ == Crop::stretch ? image_size_ : 0) + *bytes;
}

}  // namespace cspgan
