// Zip archives by libzip.
#include <fmt/format.h>
#include <zip.h>

#include <algorithm>
#include <functional>
#include <mutex>
#include <set>
#include <unordered_map>

#include "cspgan/core/error.hpp"
#include "cspgan/data/image_error.hpp"
#include "data/file_tree.hpp"

namespace cspgan::detail {

namespace {

namespace fs = std::filesystem;

struct CloseZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
using ZipHandle = std::unique_ptr<zip_t, CloseZip>;

ZipHandle open_handle(const fs::path& path) {
  int code = 0;
  ZipHandle handle(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (handle != nullptr) return handle;
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw Error(fmt::format("cannot read the zip archive '{}': {}", path.string(), reason));
}

/// The path as it is in a folder: "./a//b.png", "/a/b.png" and "a\\b.png", as some programs write it, are "a/b.png".
std::string in_folder(std::string path) {
  if (path.find('/') == std::string::npos) std::ranges::replace(path, '\\', '/');
  std::string plain;
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t to = std::min(path.find('/', from), path.size());
    const std::string part = path.substr(from, to - from);
    if (!part.empty() && part != ".") plain += part + (to < path.size() ? "/" : "");
    from = to + 1;
  }
  return plain;
}

/// The folders of runs, with a slash at their ends, by the names in the archive.
std::set<std::string> folders_of_runs(const std::vector<std::string>& names) {
  std::set<std::string> folders;
  for (const std::string& name : names)
    if (const std::string folder = folder_of(name); !folder.empty() && is_file_of_run(name.substr(folder.size())))
      folders.insert(folder);
  return folders;
}

/// The topmost of the folders that the path lies in; "" if there is none.
std::string topmost_of(const std::set<std::string>& folders, const std::string& path) {
  for (std::size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
    if (folders.contains(path.substr(0, slash + 1))) return path.substr(0, slash + 1);
  return "";
}

/// Whether a part of the path is such a name.
bool has_part(const std::string& path, const std::function<bool(const std::string& name)>& is_such) {
  for (std::size_t from = 0; from < path.size();) {
    const std::size_t to = std::min(path.find('/', from), path.size());
    if (is_such(path.substr(from, to - from))) return true;
    from = to + 1;
  }
  return false;
}

bool leads_up(const std::string& name) { return name == ".."; }

bool is_folder(const std::string& path) { return path.empty() || path.back() == '/'; }

class ZipTree final : public FileTree {
 public:
  explicit ZipTree(const fs::path& archive) : FileTree(archive) {
    ZipHandle handle = open_handle(archive);
    const zip_int64_t count = zip_get_num_entries(handle.get(), 0);
    std::vector<std::string> names;
    for (zip_int64_t i = 0; i < count; ++i) {
      zip_stat_t entry;
      if (zip_stat_index(handle.get(), static_cast<zip_uint64_t>(i), 0, &entry) != 0 ||
          (entry.valid & ZIP_STAT_NAME) == 0)
        continue;
      const std::string name = in_folder(entry.name);
      if (is_folder(name)) continue;
      if (has_part(name, leads_up)) {
        ++found_.outside;
        continue;
      }
      if (has_part(name, is_hidden)) continue;
      const std::uint64_t size = (entry.valid & ZIP_STAT_SIZE) != 0 ? entry.size : 0;
      if (entries_.emplace(name, Entry{static_cast<zip_uint64_t>(i), size}).second)
        names.push_back(name);
      else
        ++found_.repeated;
    }
    const std::set<std::string> runs = folders_of_runs(names);
    for (const std::string& name : names)
      if (topmost_of(runs, name).empty()) add(name);
    for (const std::string& run : runs)
      if (topmost_of(runs, run) == run) found_.runs.push_back(fmt::format("'{}'", run.substr(0, run.size() - 1)));
    sort();
    give_back(std::move(handle));
  }

  std::string read(const std::string& name) const override {
    const auto found = entries_.find(name);
    if (found == entries_.end()) throw ImageError("the archive has no such file");
    const Entry entry = found->second;
    if (entry.size > largest_image_file)
      throw ImageError(fmt::format("it unpacks to {} bytes, which no picture needs", entry.size));
    ZipHandle handle = take();
    std::string bytes = unpack(handle.get(), entry);
    give_back(std::move(handle));  // only now that no file of it is open: another thread takes it at once
    return bytes;
  }

  std::uint64_t size(const std::string& name) const override {
    const auto found = entries_.find(name);
    return found == entries_.end() ? 0 : found->second.size;
  }

 private:
  struct Entry {
    zip_uint64_t index;
    std::uint64_t size;
  };

  static std::string unpack(zip_t* archive, const Entry& entry) {
    const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> file(zip_fopen_index(archive, entry.index, 0), zip_fclose);
    if (file == nullptr) fail(zip_get_error(archive));
    std::string bytes(entry.size, '\0');
    const zip_int64_t got = zip_fread(file.get(), bytes.data(), bytes.size());
    char more = 0;  // reading to the end checks the checksum
    const zip_int64_t rest = got < 0 ? got : zip_fread(file.get(), &more, 1);
    if (got < 0 || rest < 0) fail(zip_file_get_error(file.get()));
    if (got != static_cast<zip_int64_t>(bytes.size()) || rest != 0)
      throw ImageError("it cannot be unpacked: it has another size than the archive states");
    return bytes;
  }

  /// A disk or a network that failed may not fail again; what is wrong with the archive stays so.
  [[noreturn]] static void fail(zip_error_t* error) {
    const int code = zip_error_code_zip(error);
    const std::string reason =
        fmt::format("it cannot be unpacked: {}{}", zip_error_strerror(error),
                    code == ZIP_ER_NOPASSWD ? "; the archive is encrypted: unpack it, and give the folder" : "");
    if (code == ZIP_ER_READ || code == ZIP_ER_SEEK || code == ZIP_ER_OPEN || code == ZIP_ER_MEMORY)
      throw TransientImageError(reason);
    throw ImageError(reason);
  }

  /// libzip's handles are for one thread at a time: each reader takes one that is free, or opens one.
  ZipHandle take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        ZipHandle handle = std::move(free_.back());
        free_.pop_back();
        return handle;
      }
    }
    try {
      return open_handle(place_);
    } catch (const Error& error) {
      throw TransientImageError(error.what());
    }
  }
  void give_back(ZipHandle handle) const {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(handle));
  }

  std::unordered_map<std::string, Entry> entries_;
  mutable std::mutex mutex_;
  mutable std::vector<ZipHandle> free_;
};

}  // namespace

std::shared_ptr<const FileTree> open_zip(const fs::path& archive) { return std::make_shared<ZipTree>(archive); }

}  // namespace cspgan::detail
