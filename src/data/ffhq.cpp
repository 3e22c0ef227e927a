// FFHQ's layout.
#include "cspgan/data/ffhq.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t first_validation_image = 60000;

/// The folder with the images for the requested size: the published root has two sets of them.
fs::path image_folder(const fs::path& folder, std::int64_t image_size) {
  const fs::path small = folder / "thumbnails128x128";
  const fs::path large = folder / "images1024x1024";
  std::error_code error;
  const bool has_small = fs::is_directory(small, error);
  const bool has_large = fs::is_directory(large, error);
  if (has_small && (image_size <= 128 || !has_large)) return small;
  return has_large ? large : folder;
}

/// The number that the file's name states, or -1.
std::int64_t number_of(const std::string& name) {
  const std::string stem = fs::path(name).stem().string();
  std::int64_t number = -1;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  return error == std::errc() && end == stem.data() + stem.size() && number >= 0 ? number : -1;
}

ImageFolder part(ImageFolder all, Partition partition) {
  if (partition == Partition::all) return all;
  std::vector<std::string> names;
  for (std::int64_t index = 0; index < all.size(); ++index) {
    const std::int64_t number = number_of(all.name(index));
    if (number >= 0 && (number < first_validation_image) == (partition == Partition::train))
      names.push_back(all.name(index));
  }
  if (names.empty())
    throw Error(
        fmt::format("'{}' holds {} images, but none of FFHQ's {} partition, which are named by their number, {}",
                    all.folder().string(), all.size(), enum_name(partition),
                    partition == Partition::train ? "00000 to 59999" : "60000 and up"));
  return all.with_names(std::move(names), fmt::format("FFHQ's {} partition", enum_name(partition)));
}

ImageFolder open(const fs::path& folder, Partition partition, std::int64_t image_size) {
  if (partition == Partition::test) throw OptionError("FFHQ has no test partition: use train, validation or all");
  return part(ImageFolder(image_folder(folder, image_size)), partition);
}

}  // namespace

FFHQ::FFHQ(const fs::path& folder, Partition partition, std::int64_t image_size)
    : images_(open(folder, partition, image_size)) {}

}  // namespace cspgan
