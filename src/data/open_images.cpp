// What a path holds, and which of its images are used.
#include "cspgan/data/open_images.hpp"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "core/checks.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/ffhq.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/image_list.hpp"
#include "cspgan/data/packed_images.hpp"
#include "data/file_tree.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

/// The places in the source of the images that are of the partition.
std::vector<std::int64_t> partition_of(const AnyImageSource& images, const std::string& data,
                                       const OpenOptions& options) {
  if (options.partition == Partition::test || (options.partition == Partition::validation && options.holdout == 0))
    throw OptionError(fmt::format("'{}' has no {} partition: it is not CelebA's or FFHQ's published folder{}", data,
                                  enum_name(options.partition),
                                  options.partition == Partition::test
                                      ? ""
                                      : "; source.holdout or --holdout makes a validation partition of a share of it"));
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < images.size(); ++i)
    if ((images.position(i) < options.holdout) == (options.partition == Partition::validation)) chosen.push_back(i);
  if (chosen.empty())
    throw OptionError(fmt::format("a holdout of {:g} leaves no image of '{}' for the {} partition", options.holdout,
                                  data, enum_name(options.partition)));
  return chosen;
}

AnyImageSource with_partition(const AnyImageSource& images, const std::string& data, const OpenOptions& options) {
  if (options.partition == Partition::all || (options.partition == Partition::train && options.holdout == 0))
    return images;
  return ImageSubset(images, partition_of(images, data, options),
                     fmt::format("the {} partition", enum_name(options.partition)));
}

void refuse_holdout(const fs::path& path, const OpenOptions& options, std::string_view whose) {
  if (options.holdout > 0)
    throw OptionError(
        fmt::format("'{}' is {}'s, which has a validation partition of its own: no holdout", path.string(), whose));
}

AnyImageSource open_one(const fs::path& path, const OpenOptions& options) {
  const std::string kind = lower_extension(path);
  std::error_code unknown;
  if (fs::is_regular_file(path, unknown)) {
    if (kind == ".npy") return with_partition(PackedImages(path), path.string(), options);
    if (kind == ".txt" || kind == ".csv" || kind == ".tsv")
      return with_partition(open_image_list(path), path.string(), options);
  }
  const auto tree = detail::open_tree(path);
  if (CelebA::is_in(*tree)) {
    refuse_holdout(path, options, "CelebA");
    return CelebA(tree, options.partition);
  }
  if (FFHQ::is_in(*tree)) {
    refuse_holdout(path, options, "FFHQ");
    constexpr std::int64_t original_size = 1024;
    return FFHQ(tree, options.partition, options.image_size == 0 ? original_size : options.image_size);
  }
  return with_partition(ImageFolder(tree), path.string(), options);
}

/// From the file's header if there is one, which is a hundred times faster.
std::int64_t shorter_side(const AnyImageSource& images, std::int64_t index) {
  try {
    if (const auto bytes = images.encoded(index)) {
      const auto [height, width] = image_file_size(*bytes, images.name(index));
      return std::min(height, width);
    }
  } catch (const ImageError&) {  // a packed image is no picture file; a bad file fails again
  }
  const Tensor image = images.image(index);
  return std::min(image.size(1), image.size(2));
}

AnyImageSource with_min_side(const AnyImageSource& images, std::int64_t min_side, const OnProgress& on_progress) {
  constexpr std::int64_t at_once = 256;
  std::vector<char> is_small(static_cast<std::size_t>(images.size()));
  for (std::int64_t first = 0; first < images.size(); first += at_once) {
    if (on_progress) on_progress(first, images.size());
    at::parallel_for(first, std::min(first + at_once, images.size()), 16, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        try {
          is_small[static_cast<std::size_t>(i)] = shorter_side(images, i) < min_side;
        } catch (const ImageError&) {  // the loader says it
        }
      }
    });
  }
  if (on_progress) on_progress(images.size(), images.size());
  std::vector<std::int64_t> large;
  for (std::int64_t i = 0; i < images.size(); ++i)
    if (!is_small[static_cast<std::size_t>(i)]) large.push_back(i);
  if (large.empty())
    throw OptionError(fmt::format("source.min_side: no image has a shorter side of {} pixels or more", min_side));
  if (static_cast<std::int64_t>(large.size()) == images.size()) return images;
  return ImageSubset(images, std::move(large), fmt::format("with a shorter side of {} pixels or more", min_side));
}

}  // namespace

std::vector<fs::path> data_paths(const std::string& data) {
  std::error_code unknown;
  if (fs::exists(with_home(data), unknown)) return {with_home(data)};
  std::vector<fs::path> paths;
  for (std::size_t from = 0; from <= data.size();) {
    const std::size_t to = std::min(data.find(':', from), data.size());
    if (to > from) paths.emplace_back(with_home(data.substr(from, to - from)));
    from = to + 1;
  }
  return paths;
}

AnyImageSource open_images(const std::string& data, const OpenOptions& options) {
  detail::require(options.holdout >= 0 && options.holdout < 1, "source.holdout", "in [0, 1)", options.holdout);
  std::vector<std::pair<std::string, AnyImageSource>> sources;
  for (const fs::path& path : data_paths(data)) sources.emplace_back(path.string(), open_one(path, options));
  if (sources.empty()) throw OptionError("no path of images is given");
  if (sources.size() == 1) return select_images(sources.front().second, options);
  return select_images(JoinedImages(std::move(sources)), options);
}

AnyImageSource select_images(AnyImageSource images, const OpenOptions& options) {
  detail::require_from_to(options.min_side, 0, max_image_side, "source.min_side");
  if (!options.where.empty()) {
    std::vector<std::int64_t> chosen = images_where(images.labels(), options.where);
    if (chosen.empty()) throw OptionError(fmt::format("source.where: no image has {}", options.where));
    images = ImageSubset(images, std::move(chosen), "with " + options.where);
  }
  if (options.min_side > 0) images = with_min_side(images, options.min_side, options.on_progress);
  if (options.crop != Crop::center) images = SquareImages(images, options.crop, options.image_size);
  return images;
}

}  // namespace cspgan
