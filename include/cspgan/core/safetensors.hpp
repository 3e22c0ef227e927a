// Tensors in a file: the safetensors format (https://github.com/huggingface/safetensors). A file is never left half
// written, and carries a checksum in its metadata. Python reads it with safetensors.torch.load_file.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The content of a file. Names must differ, among tensors and among metadata; both are looked up one by one.
struct TensorFile {
  std::vector<std::pair<std::string, Tensor>> tensors;  // in the order of the file
  std::vector<std::pair<std::string, std::string>> metadata;

  /// Throws Error naming the key if it is missing.
  const Tensor& tensor(std::string_view name) const;
  const std::string& text(std::string_view key) const;
  bool has_tensor(std::string_view name) const;
  /// Whether the name of any tensor begins with `prefix`.
  bool has_tensors_of(std::string_view prefix) const;
  bool has_text(std::string_view key) const;
};

/// Replaces the file only once the new one is complete and synced; tensors that are not contiguous or not on the CPU
/// are copied one at a time. Types: float64/32/16, bfloat16, int64/32/16/8, uint8, bool. Throws Error naming the path
/// and the reason: the system's, a name that two tensors share, or a type that cannot be written.
void save_safetensors(const std::filesystem::path& path, const TensorFile& file);

/// Reads the whole file and checks it: header, offsets, sizes and the checksum, if the file has one. The content is
/// untrusted: whatever it is, the result is a TensorFile or an Error that names the path and what is wrong. Two rules
/// of the format are checked that the Python reader does not check: the header must begin with '{', and no name may
/// stand in it twice.
TensorFile load_safetensors(const std::filesystem::path& path);

/// Reads only the header, for its metadata, so it is quick for files of any size. Only the form of the header is
/// checked. The checksum, which covers the tensors, is not, so the tensors may be damaged or cut off.
std::vector<std::pair<std::string, std::string>> load_safetensors_metadata(const std::filesystem::path& path);

}  // namespace cspgan
