// Refusing paths before any work, and choosing those of caches.
#include "programs/output_paths.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/data/packed_images.hpp"
#include "cspgan/models/checkpoint.hpp"
#include "cspgan/terminal/program.hpp"

namespace cspgan {

namespace fs = std::filesystem;

fs::path resolved(const fs::path& path) {
  std::error_code unknown;  // reading or writing will tell
  const fs::path real = fs::weakly_canonical(fs::absolute(path, unknown), unknown);
  return real.has_filename() ? real : real.parent_path();  // "runs/a/" is "runs/a"
}

bool is_within(const fs::path& path, const fs::path& folder) {
  const fs::path inner = resolved(path), outer = resolved(folder);
  if (inner.empty() || outer.empty()) return false;
  const fs::path way = inner.lexically_relative(outer);
  return !way.empty() && *way.begin() != "..";
}

void require_outside(const fs::path& pictures, std::string_view written, const fs::path& images,
                     std::string_view read) {
  if (!images.empty() && is_within(pictures, images))
    throw OptionError(
        fmt::format("{}: '{}' lies in {} '{}', whose images its pictures would join; choose a folder outside", written,
                    pictures.string(), read, images.string()));
}

namespace {

/// Whether the path names a file that a run lives on, in the run's folder.
bool is_in_run(const fs::path& path) {
  constexpr std::array<std::string_view, 10> names{
      "run.json",     "metrics.jsonl",        "warnings.jsonl", "report.html",    "animation.webp",
      "avatars.json", "detector.safetensors", "detection.json", "detection.html", "scores.csv"};
  constexpr std::array<std::string_view, 4> folders{"checkpoints", "samples", "curves", "heat"};
  std::error_code unknown;
  const auto is_one_of = [](const auto& list, const fs::path& name) {
    return std::ranges::find(list, name.string()) != list.end();
  };
  const fs::path folder = path.parent_path();
  return (is_one_of(names, path.filename()) && fs::exists(folder / "run.json", unknown)) ||
         (is_one_of(folders, folder.filename()) && fs::exists(folder.parent_path() / "run.json", unknown));
}

/// The same, with or without the links on the way; and a checkpoint, wherever it is.
bool is_of_run(const fs::path& file) {
  std::error_code unknown;
  return is_in_run(fs::absolute(file, unknown).lexically_normal()) || is_in_run(resolved(file)) ||
         checkpoint_header(file).has_value();
}

/// Whether the file holds images, or what belongs to them.
bool is_of_images(const fs::path& file) {
  const fs::path path = resolved(file);
  std::error_code unknown;
  const bool is_list = path.filename() == "dataset.json" || path.filename().string().ends_with(".npy.json");
  return (is_list && fs::exists(path, unknown)) || is_packed_set(path);
}

}  // namespace

void require_writable(const fs::path& file, std::string_view option,
                      std::initializer_list<std::string_view> extensions) {
  std::error_code unknown;
  if (is_of_run(file))
    throw OptionError(
        fmt::format("{}: '{}' is a run's own file and is not overwritten; choose another name", option, file.string()));
  if (is_of_images(file))
    throw OptionError(fmt::format("{}: '{}' belongs to a set of images and is not overwritten; choose another name",
                                  option, file.string()));
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

void require_own_detection(const fs::path& folder) {
  std::error_code unknown;
  if (fs::exists(folder / "run.json", unknown))  // the result of a training, on pictures that are new to it
    throw OptionError(fmt::format("--out: '{}' holds a run and what it found; choose another folder", folder.string()));
  if (const fs::path first = folder / detection_names.front(); fs::exists(first, unknown)) {
    if (read_file(first).find("\"threshold\"") != std::string::npos) return;
    throw OptionError(fmt::format("--out: '{}' is of no detection; choose another folder", first.string()));
  }
  for (const std::string_view name : detection_names)
    if (const fs::path path = folder / name; fs::exists(path, unknown) && !fs::is_empty(path, unknown))
      throw OptionError(fmt::format("--out: '{}' is of no detection; choose another folder", path.string()));
}

fs::path cache_of(const std::string& word, std::string_view name) {
  if (word == "none") return {};
  return word.empty() ? cache_folder(name) : fs::path(word);
}

}  // namespace cspgan
