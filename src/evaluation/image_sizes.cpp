// Sizes in words.
#include "evaluation/image_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cspgan {

namespace {

std::string width_by_height(const std::array<std::int64_t, 3>& size) { return fmt::format("{}x{}", size[2], size[1]); }

}  // namespace

ImageSizes::ImageSizes(const Tensor& sizes) {
  const auto* const values = sizes.const_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < sizes.size(0); ++i) {
    const std::int64_t height = values[2 * i], width = values[2 * i + 1];
    ++images_[{std::min(height, width), height, width}];
  }
}

std::string ImageSizes::smallest() const { return width_by_height(images_.begin()->first); }

std::int64_t ImageSizes::smaller_than(std::int64_t side) const {
  std::int64_t small = 0;
  for (const auto& [size, count] : images_)
    if (size[0] < side) small += count;
  return small;
}

std::int64_t ImageSizes::count() const {
  std::int64_t all = 0;
  for (const auto& [size, count] : images_) all += count;
  return all;
}

std::string ImageSizes::text() const {
  if (are_all_of_one_size()) return smallest() + " pixels";
  return fmt::format("{} different sizes from {} to {} pixels", images_.size(), smallest(),
                     width_by_height(images_.rbegin()->first));
}

std::string different_sizes_warning(const ImageSizes& reals, const ImageSizes& fakes) {
  if (reals.are_all_of_one_size() && fakes.are_all_of_one_size() && reals.text() == fakes.text()) return "";
  constexpr std::int64_t smallest_useful = 2;
  const std::int64_t side = std::min(reals.smallest_side(), fakes.smallest_side());
  return fmt::format("the fakes have {} and the reals {}: that alone makes them differ{}", fakes.text(), reals.text(),
                     side < smallest_useful ? "" : fmt::format("; an image size of {} crops and resizes all", side));
}

std::string enlarged_warning(std::string_view what, const ImageSizes& sizes, std::int64_t image_size) {
  const std::int64_t small = sizes.smaller_than(image_size);
  if (small == 0) return "";
  return fmt::format(
      "{} of the {} {} are smaller than {} pixels and were enlarged, the smallest from {}: that blurs "
      "them, which the metrics measure",
      small, sizes.count(), what, image_size, sizes.smallest());
}

}  // namespace cspgan
