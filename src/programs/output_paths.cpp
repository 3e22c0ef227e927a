// Refusing paths before any work, and choosing those of caches.
#include "programs/output_paths.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

namespace fs = std::filesystem;

namespace {

/// Whether a path, which need not be there, is a folder or lies in it, whatever links lead there.
bool is_within(const fs::path& path, const fs::path& folder) {
  std::error_code unknown;  // of a name that is too long, say, if the path is empty: reading or writing will tell
  const fs::path inner = fs::weakly_canonical(fs::absolute(path), unknown);
  const fs::path outer = fs::weakly_canonical(fs::absolute(folder), unknown);
  const fs::path way = inner.lexically_relative(outer);
  return !way.empty() && *way.begin() != "..";
}

}  // namespace

void require_outside(const fs::path& pictures, std::string_view written, const fs::path& images,
                     std::string_view read) {
  if (!images.empty() && is_within(pictures, images))
    throw OptionError(
        fmt::format("{}: '{}' lies in {} '{}', whose images its pictures would join; choose a folder outside", written,
                    pictures.string(), read, images.string()));
}

void require_writable(const fs::path& file, std::string_view option,
                      std::initializer_list<std::string_view> extensions) {
  std::error_code unknown;
  if (fs::is_regular_file(file, unknown) && std::ranges::find(extensions, lower_extension(file)) == extensions.end())
    throw OptionError(
        fmt::format("{}: '{}' is there and, by its name, no {} file: it is not overwritten; choose another name",
                    option, file.string(), fmt::join(extensions, " or ")));
  try {
    const AtomicFile never_committed(file, Durability::cached);
  } catch (const Error& error) {
    throw OptionError(fmt::format("{}: {}", option, error.what()));
  }
}

fs::path cache_of(const std::string& word, std::string_view name) {
  if (word == "none") return {};
  return word.empty() ? cache_folder(name) : fs::path(word);
}

}  // namespace cspgan
