// Finding and reading the images below a folder.
#include "cspgan/data/image_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/data/fingerprint.hpp"
#include "cspgan/data/image_file.hpp"

namespace cspgan {

namespace {

namespace fs = std::filesystem;

bool is_hidden(const fs::path& name) {
  const std::string text = name.string();
  return text.empty() || text.front() == '.' || text == "__MACOSX";
}

/// Walks a folder tree, visiting each folder once no matter how many links lead to it.
class FolderWalk {
 public:
  explicit FolderWalk(fs::path root) : root_(std::move(root)) { visit(root_, ""); }

  std::vector<std::string> names;  // paths of images, relative to the root
  std::int64_t other_entries = 0;  // files that are not images

 private:
  void visit(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (!error && !visited_.insert(real.string()).second) return;
    fs::directory_iterator entries(folder, error);
    if (error) throw Error(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
    for (const fs::directory_iterator end; entries != end; entries.increment(error)) {
      const fs::path name = entries->path().filename();
      if (is_hidden(name)) continue;
      std::error_code unknown;  // for example a dangling link, which is neither
      if (entries->is_directory(unknown)) {
        visit(entries->path(), prefix + name.string() + "/");
      } else if (has_image_extension(name) && entries->is_regular_file(unknown)) {
        names.push_back(prefix + name.string());
      } else {
        ++other_entries;
      }
    }
    if (error) throw Error(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
  }

  fs::path root_;
  std::set<std::string> visited_;
};

std::vector<std::string> images_below(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(fmt::format("no such folder: '{}'; give the folder that holds the images", folder.string()));
  if (error) throw Error(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
  if (!fs::is_directory(status))
    throw Error(fmt::format("'{}' is a file, not a folder; give the folder that holds the images", folder.string()));
  FolderWalk walk(folder);
  if (walk.names.empty() && walk.other_entries == 0)
    throw Error(
        fmt::format("the folder '{}' is empty; it must hold images (jpg, png, bmp, gif, tga, ppm)", folder.string()));
  if (walk.names.empty())
    throw Error(fmt::format("the folder '{}' holds {} file{} but no images (jpg, png, bmp, gif, tga, ppm)",
                            folder.string(), walk.other_entries, walk.other_entries == 1 ? "" : "s"));
  std::sort(walk.names.begin(), walk.names.end());
  return std::move(walk.names);
}

}  // namespace

ImageFolder::ImageFolder(const fs::path& folder) : folder_(folder), names_(images_below(folder)) {}

ImageFolder::ImageFolder(fs::path folder, std::vector<std::string> names)
    : folder_(std::move(folder)), names_(std::move(names)) {}

Tensor ImageFolder::image(std::int64_t index) const { return load_image(folder_ / name(index)); }

const std::string& ImageFolder::name(std::int64_t index) const {
  if (index < 0 || index >= size())
    throw Error(fmt::format("image {} does not exist: '{}' has {}", index, folder_.string(), size()));
  return names_[static_cast<std::size_t>(index)];
}

std::string ImageFolder::fingerprint() const {
  Fingerprint print;
  print.add(static_cast<std::uint64_t>(size()));
  for (const auto& name : names_) {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(folder_ / name, error);
    print.add(name).add(error ? std::uint64_t{0} : static_cast<std::uint64_t>(bytes));
  }
  return print.text();
}

}  // namespace cspgan
