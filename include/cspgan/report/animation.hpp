// Animations: writes frames to GIF and animated WebP files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Durations, loops and quality of an animation.
struct AnimationOptions {
  std::int64_t frame_milliseconds = 100;        // in [20, 60000]; GIF counts in hundredths of a second
  std::int64_t last_frame_milliseconds = 1500;  // likewise; a pause before the animation repeats
  std::int64_t loops = 0;                       // in [0, 65535]; 0 repeats forever
  double quality = 85;                          // of WebP, in [0, 100]; 100 is lossless

  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  friend bool operator==(const AnimationOptions&, const AnimationOptions&) = default;
};

/// Encodes frames as they are added, to a file whose name ends in .gif (256 colors per frame) or .webp. The complete
/// file appears when finish() is called; without that call, no file is written.
class AnimationWriter {
 public:
  /// Throws OptionError for any other extension, or if an option is out of range.
  explicit AnimationWriter(std::filesystem::path path, const AnimationOptions& options = {});
  ~AnimationWriter();
  AnimationWriter(AnimationWriter&&) noexcept;
  AnimationWriter& operator=(AnimationWriter&&) noexcept;

  /// Adds a frame, uint8 [3, H, W]. All frames must have the same size, at most 16383 pixels a side. Throws Error
  /// naming any other shape.
  void add(const Tensor& image);

  /// Writes the file. Throws Error naming the path if that fails or if no frame was added.
  void finish();

  class Encoder;  // one for each format, in animation.cpp

 private:
  std::filesystem::path path_;
  AnimationOptions options_;
  std::unique_ptr<Encoder> encoder_;
  Tensor pending_;  // the last frame, whose duration is not known yet
};

}  // namespace cspgan
