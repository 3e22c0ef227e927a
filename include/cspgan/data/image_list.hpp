// Images that a file names.
#pragma once

#include <filesystem>

#include "cspgan/data/image_folder.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The images that a list names, in its order, relative to the list's folder or absolute. A text file (.txt) has one
/// path in each line. A table (.csv with commas or semicolons, .tsv with tabs) has them in the first column that holds
/// images' names; its other columns are labels, and its first row may name the columns. Those that are not there are
/// counted. Throws Error naming the list and the line that cannot be read, and if none of the images is there.
ImageFolder open_image_list(const std::filesystem::path& list);

}  // namespace cspgan
