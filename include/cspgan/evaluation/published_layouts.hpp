// Opens folders of images, also in the published layouts of CelebA and FFHQ.
#pragma once

#include <cstdint>
#include <filesystem>

#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The files of a partition of CelebA or FFHQ if the folder has one of their published layouts, else all images below
/// it. `image_size` is the size, in pixels, to which the images will be resized; 0 if they will not be. Throws
/// OptionError if a partition is asked for that the folder does not have, and whatever ImageFolder, CelebA and FFHQ
/// throw.
ImageFolder open_image_folder(const std::filesystem::path& folder, Partition partition = Partition::all,
                              std::int64_t image_size = 0);

}  // namespace cspgan
