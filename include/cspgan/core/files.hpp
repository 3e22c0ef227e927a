// Whole files: read at once, written so that a reader sees the old or the new content and never a part of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cspgan {

/// Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Temporary name in the same folder, write, sync, rename, sync the folder. Throws Error naming the path and the reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view content);

}  // namespace cspgan
