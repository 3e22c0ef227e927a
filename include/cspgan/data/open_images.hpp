// Opens a folder of images by what it holds.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The files of a partition of CelebA or FFHQ if the folder has one of their published layouts, else the images below
/// it: `validation` is then the share `holdout`, in [0, 1), of them, chosen by a hash of each name so that images that
/// are added later move no other, `train` is the rest, and `all` is both. `image_size` is the size, in pixels, to which
/// the images will be resized; 0 if they will not be. Throws OptionError if the folder does not have the partition, or
/// if part of a published set is to be held out, and whatever ImageFolder, CelebA and FFHQ throw.
ImageFolder open_images(const std::filesystem::path& folder, Partition partition = Partition::all,
                        std::int64_t image_size = 0, double holdout = 0);

}  // namespace cspgan
