// What a source throws where one image cannot be had and the others can.
#pragma once

#include "cspgan/core/error.hpp"

namespace cspgan {

/// The message says why, without the image's name: whoever catches it knows that from ImageSource::name.
class ImageError : public Error {
 public:
  using Error::Error;
};

}  // namespace cspgan
