// The paths to which a program is to write.
#pragma once

#include <array>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>

namespace cspgan {

/// Throws OptionError if a file of this name cannot be written, is one that a run or a set of images lives on, or is
/// there and has none of the extensions (".json"), so that it is something else. An existing file is left as it is.
void require_writable(const std::filesystem::path& file, std::string_view option,
                      std::initializer_list<std::string_view> extensions);

/// The path without its links, which need not be there; empty if that cannot be told, as of a name that is too long.
std::filesystem::path resolved(const std::filesystem::path& path);

/// Whether a path, which need not be there, is a folder or lies in it, whatever links lead there.
bool is_within(const std::filesystem::path& path, const std::filesystem::path& folder);

/// Throws OptionError if pictures there would be read as images of that folder the next time. `written` and `read` are
/// the options that name the two.
void require_outside(const std::filesystem::path& pictures, std::string_view written,
                     const std::filesystem::path& images, std::string_view read);

/// What a detection writes into its folder; the first is written before the others.
inline constexpr std::array<std::string_view, 4> detection_names{"detection.json", "detection.html", "scores.csv",
                                                                 "heat"};

/// Throws OptionError if the folder holds a run, or files under the names of a detection's that no detection has
/// written.
void require_own_detection(const std::filesystem::path& folder);

/// The folder for files of this kind that the word of --cache stands for: the user's cache if it is empty; an empty
/// path for "none".
std::filesystem::path cache_of(const std::string& word, std::string_view name);

}  // namespace cspgan
