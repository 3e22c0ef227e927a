// Opens whatever holds images, by what it is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cspgan/core/on_progress.hpp"
#include "cspgan/data/image_sets.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/data/partition.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Which of the images, and how they are cut.
struct OpenOptions {
  Partition partition = Partition::all;
  std::int64_t image_size = 0;  // side, in pixels, to which the images will be resized; 0 if they will not be
  double holdout = 0;           // share of the images that are the validation partition, in [0, 1)
  std::string where = "";       // conditions on labels, "Smiling=1,Eyeglasses=-1"; "": all images
  std::int64_t min_side = 0;    // images with a shorter side, in pixels, are left out
  Crop crop = Crop::center;
  OnProgress on_progress = {};  // told how many of the images' sizes were read, if min_side asks for them
};

/// The images of:
/// - a folder, or a zip archive that is read without unpacking it: the published layouts of CelebA and FFHQ are known,
///   Kaggle's of CelebA and StyleGAN's with a dataset.json, too (ImageFolder, CelebA, FFHQ);
/// - a list of files: .txt, .csv, .tsv (open_image_list);
/// - a packed set: .npy (PackedImages);
/// - several of these, joined: "a:b.zip:c.npy", if there is no file or folder of this whole name (JoinedImages).
/// CelebA and FFHQ have partitions of their own. Of other images, `validation` is the share `holdout`, chosen by a hash
/// of each name so that images that are added later move no other; `train` is the rest, and `all` is both. Throws
/// OptionError if the images do not have the partition, if part of a published set is to be held out, or if no image is
/// left, and whatever the sources throw.
AnyImageSource open_images(const std::string& data, const OpenOptions& options = {});

/// Those of a source's images that the options leave, cut as they say. It has no partitions: their options do nothing.
AnyImageSource select_images(AnyImageSource images, const OpenOptions& options);

/// The paths that a text for open_images stands for, with the user's home folder in the place of "~".
std::vector<std::filesystem::path> data_paths(const std::string& data);

}  // namespace cspgan
