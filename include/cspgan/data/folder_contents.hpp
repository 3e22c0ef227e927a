// What was found below a folder of images, and what of it is left out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// Paths are relative to the folder. Hidden files are counted nowhere. The lists are sorted.
struct FolderContents {
  std::string part;                              // of a larger set: "CelebA's train partition"; "" if it is all
  std::int64_t missing = 0;                      // images of the part that are listed but not there
  std::map<std::string, std::int64_t> formats;   // images by format: "JPEG", "PNG", ...
  std::map<std::string, std::int64_t> left_out;  // other files by extension in lower case: ".heic"; "" for none
  std::vector<std::string> unreadable;           // folders that cannot be entered, with the system's reason
  std::vector<std::string> runs;                 // folders of runs, whose pictures are no data
  std::int64_t dead_links = 0;                   // links that lead nowhere
  std::int64_t known_links = 0;                  // links to folders that are read under another path
  std::int64_t special = 0;                      // pipes, sockets and devices
  std::int64_t outside = 0;                      // files of an archive whose path has a ".."
  std::int64_t repeated = 0;                     // files of an archive of a name that an earlier one has
  std::int64_t other_partitions = 0;             // images that are not of the partition that was asked for
  std::int64_t elsewhere = 0;                    // images outside of the folder of the set that was recognized

  /// Counts the file of this name, under `formats` or `left_out`. Returns whether it is an image by its name.
  bool add(const std::filesystem::path& name);

  friend bool operator==(const FolderContents&, const FolderContents&) = default;
};

/// "4,400 images of CelebA's train partition (JPEG 4,398, PNG 2), 3 more are listed but not there; left out: 212 files
/// in formats that are not read (.heic 210, .tif 2), 1 folder that cannot be read ('x': Permission denied), 1 folder of
/// a run
/// ('runs/faces')". The most frequent come first, and of many only five are named.
std::string contents_text(const FolderContents& contents);

}  // namespace cspgan
