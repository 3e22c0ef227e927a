// Walking a folder.
#include "data/file_tree.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <set>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"

namespace cspgan::detail {

namespace {

namespace fs = std::filesystem;

// The last two are of one that could not begin in another's place.
constexpr std::array<std::string_view, 4> files_of_runs{"run.json", "run.lock", ".saved", "run.json.replaced"};

bool is_run(const fs::path& folder) {
  std::error_code unknown;
  return std::ranges::any_of(files_of_runs, [&](std::string_view name) { return fs::exists(folder / name, unknown); });
}

/// Whether the folder is a run's, or a link to one or into one; `real` is where it leads.
bool is_of_run(const fs::path& folder, const fs::path& real) {
  std::error_code unknown;
  if (!fs::is_symlink(folder, unknown)) return is_run(folder);
  for (fs::path above = real; above.has_relative_path(); above = above.parent_path())
    if (is_run(above)) return true;
  return false;
}

class FolderTree final : public FileTree {
 public:
  FolderTree(const fs::path& root, bool walk) : FileTree(root) {
    if (!walk) return;
    visit(root, "");
    while (!links_.empty()) {  // only now: a folder's own path gives its images their names
      const auto [prefix, folder] = *links_.begin();
      links_.erase(links_.begin());
      visit(folder, prefix);
    }
    sort();
  }

  std::string read(const std::string& name) const override { return read_image_file(place_ / name); }

  std::uint64_t size(const std::string& name) const override {
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(place_ / name, error);
    return error ? 0 : bytes;
  }

 private:
  /// Visits each folder once no matter how many links lead to it, and puts links off. `prefix`: the folder's path below
  /// the root, with a slash at its end; "" for the root.
  void visit(const fs::path& folder, const std::string& prefix) {
    std::error_code error;
    const fs::path real = fs::canonical(folder, error);
    if (!error && !visited_.insert(real.string()).second) {
      ++found_.known_links;
      return;
    }
    if (!prefix.empty() && is_of_run(folder, real)) {
      found_.runs.push_back(fmt::format("'{}'", prefix.substr(0, prefix.size() - 1)));
      return;
    }
    error.clear();
    fs::directory_iterator entries(folder, error);
    if (error) return cannot_read(folder, prefix, error);
    std::map<std::string, fs::path> folders;  // in order of their names, not in that of the disk
    for (const fs::directory_iterator end; entries != end; entries.increment(error)) {
      const std::string name = entries->path().filename().string();
      if (is_hidden(name)) continue;
      std::error_code unknown;  // for example a dangling link, which is neither
      if (entries->is_directory(unknown)) {
        (entries->is_symlink(unknown) ? links_ : folders).emplace(prefix + name + "/", entries->path());
      } else if (entries->is_regular_file(unknown)) {
        add(prefix + name);
      } else if (entries->exists(unknown)) {
        ++found_.special;
      } else if (entries->is_symlink(unknown)) {
        ++found_.dead_links;
      }
    }
    if (error) cannot_read(folder, prefix, error);
    for (const auto& [below, path] : folders) visit(path, below);
  }

  void cannot_read(const fs::path& folder, const std::string& prefix, const std::error_code& error) {
    if (prefix.empty()) throw Error(fmt::format("cannot read the folder '{}': {}", folder.string(), error.message()));
    found_.unreadable.push_back(fmt::format("'{}': {}", prefix.substr(0, prefix.size() - 1), error.message()));
  }

  std::set<std::string> visited_;
  std::map<std::string, fs::path> links_;  // to folders that may still be visited, by their prefixes
};

}  // namespace

void FileTree::add(const std::string& name) {
  constexpr std::array<std::string_view, 4> kinds{".txt", ".csv", ".tsv", ".json"};
  if (found_.add(name))
    images_.push_back(name);
  else if (std::ranges::find(kinds, lower_extension(name)) != kinds.end())
    lists_.push_back(name);
}

void FileTree::sort() {
  for (std::vector<std::string>* const list : {&images_, &lists_, &found_.unreadable, &found_.runs})
    std::ranges::sort(*list);
}

bool is_hidden(const std::string& name) {
  constexpr std::array<std::string_view, 8> of_systems{"__MACOSX",     "@eaDir",
                                                       "#recycle",     "@Recycle",
                                                       "#snapshot",    "@Recently-Snapshot",
                                                       "$RECYCLE.BIN", "System Volume Information"};
  return name.empty() || name.front() == '.' || std::ranges::find(of_systems, name) != of_systems.end();
}

bool is_file_of_run(std::string_view name) { return std::ranges::find(files_of_runs, name) != files_of_runs.end(); }

std::shared_ptr<const FileTree> open_tree(const fs::path& place) {
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  if (status.type() == fs::file_type::not_found)
    throw Error(fmt::format("no such folder: '{}'; give the folder that holds the images", place.string()));
  if (error) throw Error(fmt::format("cannot read the folder '{}': {}", place.string(), error.message()));
  if (fs::is_directory(status)) return std::make_shared<FolderTree>(place, true);
  if (lower_extension(place) == ".zip") return open_zip(place);
  throw Error(fmt::format("'{}' is a file, not a folder or a zip archive; give the folder that holds the images",
                          place.string()));
}

std::shared_ptr<const FileTree> unread_folder(const fs::path& folder) {
  return std::make_shared<FolderTree>(folder, false);
}

std::string find_list(const FileTree& tree, std::string_view name) {
  const auto depth = [](const std::string& path) { return std::ranges::count(path, '/'); };
  std::string best;
  for (const std::string& path : tree.lists())
    if (path.substr(folder_of(path).size()) == name && (best.empty() || depth(path) < depth(best))) best = path;
  return best;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash + 1);
}

std::string folder_above(const std::string& folder) { return folder_of(folder.substr(0, folder.size() - 1)); }

std::string common_folder(const std::vector<std::string>& paths) {
  if (paths.empty()) return "";
  std::string common = folder_of(paths.front());
  for (const std::string& path : paths)
    while (!path.starts_with(common)) common = folder_above(common);
  return common;
}

}  // namespace cspgan::detail
