// Event files for TensorBoard: numbers, images and texts by step.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Appends to a new file events.out.tfevents.* in a folder; TensorBoard reads all such files of a folder as one run.
/// The format is TensorFlow's: records framed by lengths and masked CRC-32C checksums, each of them a Protocol Buffers
/// message of type Event. One writer per folder at a time; not thread-safe.
class EventLog {
 public:
  /// Creates the folder and the file. With `resumed_at_step`, TensorBoard drops what earlier files of the folder hold
  /// for that step and later ones. Throws Error naming the path if it cannot be written.
  explicit EventLog(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at_step = std::nullopt);

  /// Each appends one record, hands it to the operating system before returning, and throws Error naming the path if it
  /// cannot be written. `image` is uint8 [3, H, W] and is stored as PNG.
  void scalar(std::int64_t step, std::string_view tag, double value);
  void image(std::int64_t step, std::string_view tag, const Tensor& image);
  void text(std::int64_t step, std::string_view tag, std::string_view markdown);

  const std::filesystem::path& path() const { return path_; }

 private:
  void write_summary(std::int64_t step, std::string_view value);
  void write_event(std::string_view event);

  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::int64_t size_ = 0;  // bytes of whole records
};

}  // namespace cspgan
