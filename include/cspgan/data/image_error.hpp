// Thrown by an image source when a single image cannot be read; the loader skips that image and goes on.
#pragma once

#include "cspgan/core/error.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One image cannot be read or decoded. The message gives the reason but not the image's name, which the catcher gets
/// from ImageSource::name.
class ImageError : public Error {
 public:
  using Error::Error;
};

/// Another attempt may succeed: a disk or a network failed, not the file itself. The loader retries a few times.
class TransientImageError : public ImageError {
 public:
  using ImageError::ImageError;
};

}  // namespace cspgan
