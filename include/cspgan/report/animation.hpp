// Moving pictures: frames to GIF and animated WebP files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct AnimationOptions {
  std::int64_t frame_milliseconds = 100;        // in [20, 60000]; GIF counts in hundredths of a second
  std::int64_t last_frame_milliseconds = 1500;  // likewise: time to look before it starts again
  std::int64_t loops = 0;                       // in [0, 65535]; 0 goes on for ever
  double quality = 85;                          // of WebP, in [0, 100]; 100 loses nothing

  void validate() const;
  friend bool operator==(const AnimationOptions&, const AnimationOptions&) = default;
};

/// Writes frames, as they come, to a file whose name ends in .gif (256 colors a frame) or .webp. The file appears when
/// finish() is called, whole; without that there is none.
class AnimationWriter {
 public:
  /// Throws OptionError for another ending, or options out of range.
  explicit AnimationWriter(std::filesystem::path path, const AnimationOptions& options = {});
  ~AnimationWriter();
  AnimationWriter(AnimationWriter&&) noexcept;
  AnimationWriter& operator=(AnimationWriter&&) noexcept;

  /// uint8 [3, H, W]; all frames of one size, at most 16383 pixels a side. Throws Error naming the shape.
  void add(const Tensor& image);

  /// Writes the file. Throws Error naming the path where that fails, or where there was no frame.
  void finish();

  class Encoder;  // one for each format, in animation.cpp

 private:
  std::filesystem::path path_;
  AnimationOptions options_;
  std::unique_ptr<Encoder> encoder_;
  Tensor pending_;  // the last frame, whose duration is not known yet
};

}  // namespace cspgan
