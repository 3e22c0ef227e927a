// Which layout a folder has.
#include "cspgan/evaluation/published_layouts.hpp"

#include <fmt/format.h>

#include "cspgan/core/error.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/ffhq.hpp"

namespace cspgan {

ImageFolder open_image_folder(const std::filesystem::path& folder, Partition partition, std::int64_t image_size) {
  constexpr std::int64_t original_size = 1024;  // of FFHQ
  if (std::filesystem::exists(folder / "list_eval_partition.txt")) return CelebA(folder, partition).files();
  if (std::filesystem::exists(folder / "thumbnails128x128") || std::filesystem::exists(folder / "images1024x1024"))
    return FFHQ(folder, partition, image_size == 0 ? original_size : image_size).files();
  if (partition != Partition::all)
    throw OptionError(fmt::format("partition {}: '{}' has no published partitions, such as CelebA's",
                                  enum_name(partition), folder.string()));
  return ImageFolder(folder);
}

}  // namespace cspgan
