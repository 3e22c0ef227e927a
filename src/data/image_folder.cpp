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
  return text.empty() || text.front() == '.' || text == "__MACOSX" || text == "@eaDir";
}

/// Whether the folder holds a run, which would otherwise train on its own pictures.
bool is_run(const fs::path& folder) {
  std::error_code unknown;
  return fs::exists(folder / "run.json", unknown) || fs::exists(folder / "run.lock", unknown);
}

/// Whether the folder is a run's, or a link to one or into one; `real` is where it leads.
bool is_of_run(const fs::path& folder, const fs::path& real) {
  std::error_code unknown;
  if (!fs::is_symlink(folder, unknown)) return is_run(folder);
  for (fs::path above = real; above.has_relative_path(); above = above.parent_path())
    if (is_run(above)) return true;
  return false;
}

/// Walks a folder tree, visiting each folder once no matter how many links lead to it.
class FolderWalk {
 public:
  /// Throws Error if the folder itself cannot be read.
  explicit FolderWalk(const fs::path& root) {
    visit(root, "");
    for (std::vector<std::string>* const list : {&names, &found.unreadable, &found.runs}) std::ranges::sort(*list);
  }

  std::vector<std::string> names;  // paths of images, relative to the root
  FolderContents found;

 private:
  /// `prefix`: the folder's path below the root, with a slash at its end; "" for the root.
  void visit(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (!error && !visited_.insert(real.string()).second) return;
    if (!prefix.empty() && is_of_run(folder, real)) {
      found.runs.push_back(fmt::format("'{}'", prefix.substr(0, prefix.size() - 1)));
      return;
    }
    error.clear();
    fs::directory_iterator entries(folder, error);
    if (error) return cannot_read(folder, prefix, error);
    for (const fs::directory_iterator end; entries != end; entries.increment(error)) {
      const fs::path name = entries->path().filename();
      if (is_hidden(name)) continue;
      std::error_code unknown;  // for example a dangling link, which is neither
      if (entries->is_directory(unknown)) {
        visit(entries->path(), prefix + name.string() + "/");
      } else if (entries->is_regular_file(unknown)) {
        if (found.add(name)) names.push_back(prefix + name.string());
      } else if (entries->is_symlink(unknown)) {
        ++found.dead_links;
      }
    }
    if (error) cannot_read(folder, prefix, error);
  }

  void cannot_read(const fs::path& folder, const std::string& prefix, const std::error_code& error) {
    if (prefix.empty()) throw Error(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
    found.unreadable.push_back(fmt::format("'{}': {}", prefix.substr(0, prefix.size() - 1), error.message()));
  }

  std::set<std::string> visited_;
};

FolderWalk images_below(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(fmt::format("no such folder: '{}'; give the folder that holds the images", folder.string()));
  if (error) throw Error(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
  if (!fs::is_directory(status))
    throw Error(fmt::format("'{}' is a file, not a folder; give the folder that holds the images", folder.string()));
  FolderWalk walk(folder);
  if (walk.names.empty() && walk.found == FolderContents{})
    throw Error(
        fmt::format("the folder '{}' holds nothing but, perhaps, hidden files; it must hold images (jpg, png, webp, "
                    "bmp, gif, tga, ppm)",
                    folder.string()));
  if (walk.names.empty())
    throw Error(fmt::format("the folder '{}' holds {}; it must hold jpg, png, webp, bmp, gif, tga or ppm",
                            folder.string(), contents_text(walk.found)));
  return walk;
}

}  // namespace

ImageFolder::ImageFolder(const fs::path& folder) : folder_(folder) {
  FolderWalk walk = images_below(folder);
  names_ = std::move(walk.names);
  found_ = std::move(walk.found);
}

ImageFolder::ImageFolder(fs::path folder, std::vector<std::string> names)
    : folder_(std::move(folder)), names_(std::move(names)) {
  for (const std::string& name : names_) found_.add(name);
}

ImageFolder ImageFolder::with_names(std::vector<std::string> names, std::string part, std::int64_t missing) const {
  ImageFolder some(folder_, std::move(names));
  FolderContents found = found_;
  found.formats = std::move(some.found_.formats);
  found.part = std::move(part);
  found.missing = missing;
  found.other_partitions = size() - some.size();
  some.found_ = std::move(found);
  return some;
}

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
