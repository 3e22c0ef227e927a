// Event files that TensorBoard reads: numbers, pictures and texts by step.
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
/// The format is TensorFlow's: records framed by lengths and masked CRC-32C, each an Event message of Protocol Buffers.
/// One writer at a time, from one thread.
class EventLog {
 public:
  /// Makes the folder and the file. With `resumed_at_step`, TensorBoard drops what earlier files of the folder say of
  /// that step and later ones. Throws Error naming the path.
  explicit EventLog(const std::filesystem::path& folder, std::optional<std::int64_t> resumed_at_step = std::nullopt);

  // Each is with the system when it returns, and throws Error naming the path where it cannot be written.
  void scalar(std::int64_t step, std::string_view tag, double value);
  void image(std::int64_t step, std::string_view tag, const Tensor& image);  // uint8 [3, H, W]; kept as PNG
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
};

}  // namespace cspgan
