// Whole files: read at once, written so that a reader sees the old or the new content and never a part of it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cspgan {

/// Throws Error naming the path and the system's reason.
std::string read_file(const std::filesystem::path& path);

/// Whether a file must survive a power cut from the moment that it is written, which costs a wait for the disk.
enum class Durability { synced, cached };

/// Temporary name in the same folder, write, sync, rename, sync the folder. Throws Error naming the path and the
/// reason. Cached files are not synced: for what can be made again.
void write_file_atomically(const std::filesystem::path& path, std::string_view content,
                           Durability durability = Durability::synced);

/// With all above it, where they are missing. Throws Error naming the path and the system's reason.
void make_folder(const std::filesystem::path& folder);

}  // namespace cspgan
