// What a source throws where one image cannot be had and the others can.
#pragma once

#include "cspgan/core/error.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The message says why, without the image's name: whoever catches it knows that from ImageSource::name.
class ImageError : public Error {
 public:
  using Error::Error;
};

/// The image may be had at another try: a disk or a network failed, not the file. The loader tries a few times.
class TransientImageError : public ImageError {
 public:
  using ImageError::ImageError;
};

}  // namespace cspgan
