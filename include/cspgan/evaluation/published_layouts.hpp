// Folders in a layout that is known.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The files of a partition of CelebA or FFHQ if the folder has their published layout, else all images below it.
/// `image_size` is what they will be resized to, 0 for nothing. Throws OptionError for a partition of a folder that has
/// none, and what ImageFolder, CelebA and FFHQ throw.
ImageFolder open_image_folder(const std::filesystem::path& folder, Partition partition = Partition::all,
                              std::int64_t image_size = 0);

}  // namespace cspgan
