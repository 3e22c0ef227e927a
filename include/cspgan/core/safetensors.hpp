// Tensors in a file: the safetensors format (https://github.com/huggingface/safetensors), written so that a file is
// either whole or not there, and checksummed. Python reads it with safetensors.torch.load_file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace cspgan {

struct TensorFile {
  std::vector<std::pair<std::string, Tensor>> tensors;  // in the order of the file
  std::vector<std::pair<std::string, std::string>> metadata;

  /// Throws Error naming the key where it is missing.
  const Tensor& tensor(std::string_view name) const;
  const std::string& text(std::string_view key) const;
  bool has_tensor(std::string_view name) const;
  bool has_text(std::string_view key) const;
};

/// Writes to a temporary name in the same folder, syncs, renames. CPU copies are made of tensors elsewhere.
/// Types: float64/32/16, bfloat16, int64/32/16/8, uint8, bool. Throws Error naming the path and the system's reason.
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);

/// Reads and checks: header, offsets, sizes and, where the writer left one, the checksum. The content is untrusted:
/// whatever it is, the answer is a file or an Error that names the path and what is wrong.
TensorFile load_safetensors(const std::filesystem::path& path);

/// Only the metadata, without reading (or verifying) the tensors.
std::vector<std::pair<std::string, std::string>> load_safetensors_metadata(const std::filesystem::path& path);

}  // namespace cspgan
