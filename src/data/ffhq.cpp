// FFHQ's layout.
#include "cspgan/data/ffhq.hpp"

#include <fmt/format.h>

#include <charconv>

#include "cspgan/core/error.hpp"
#include "data/file_tree.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t first_validation_image = 60000;

constexpr std::string_view small_set = "thumbnails128x128/", large_set = "images1024x1024/";

/// The path of the set's folder, with a slash at its end, wherever in the tree it is; "" if it is not there.
std::string find_set(const detail::FileTree& tree, std::string_view set) {
  for (const std::string& name : tree.images())
    if (const std::size_t place = name.find(set); place != std::string::npos && (place == 0 || name[place - 1] == '/'))
      return name.substr(0, place + set.size());
  return "";
}

/// The images for the requested size: the published root has two sets of them.
ImageFolder images_for(const std::shared_ptr<const detail::FileTree>& tree, std::int64_t image_size) {
  const std::string small = find_set(*tree, small_set), large = find_set(*tree, large_set);
  if (small.empty() && large.empty()) return ImageFolder(tree);
  const std::string& prefix = !small.empty() && (image_size <= 128 || large.empty()) ? small : large;
  std::vector<std::string> names;
  for (const std::string& name : tree->images())
    if (name.starts_with(prefix)) names.push_back(name.substr(prefix.size()));
  return ImageFolder(tree, prefix, std::move(names));
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

ImageFolder open(const std::shared_ptr<const detail::FileTree>& tree, Partition partition, std::int64_t image_size) {
  if (partition == Partition::test) throw OptionError("FFHQ has no test partition: use train, validation or all");
  return part(images_for(tree, image_size), partition);
}

}  // namespace

FFHQ::FFHQ(const fs::path& folder, Partition partition, std::int64_t image_size)
    : FFHQ(detail::open_tree(folder), partition, image_size) {}

FFHQ::FFHQ(const std::shared_ptr<const detail::FileTree>& tree, Partition partition, std::int64_t image_size)
    : images_(open(tree, partition, image_size)) {}

bool FFHQ::is_in(const detail::FileTree& tree) {
  return !find_set(tree, small_set).empty() || !find_set(tree, large_set).empty();
}

}  // namespace cspgan
