// PNG files with stb_image_write, whose only implementation in the library is here, with hidden symbols.
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STBI_WRITE_NO_STDIO
#include <stb_image_write.h>

#include <limits>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/report/images.hpp"

namespace cspgan {

std::string encode_png(const Tensor& image) {
  if (!image.defined() || image.dim() != 3 || image.size(0) != 3 || image.scalar_type() != at::kByte ||
      image.numel() == 0) {
    throw Error("a PNG takes a uint8 image of shape [3, H, W], not " + describe_tensor(image));
  }
  // stb_image_write computes sizes as int, including one filter byte per row.
  if (image.numel() + image.size(1) > std::numeric_limits<int>::max() / 2) {
    throw Error("an image of " + describe_tensor(image) + " is too large for one PNG; write fewer images in one grid");
  }
  const Tensor pixels = image.detach().to(at::kCPU).permute({1, 2, 0}).contiguous();  // [H, W, 3]
  const int height = static_cast<int>(pixels.size(0));
  const int width = static_cast<int>(pixels.size(1));
  std::string bytes;
  const auto append = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data), static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &bytes, width, height, 3, pixels.const_data_ptr<std::uint8_t>(), 3 * width) == 0) {
    throw Error("a PNG of " + describe_tensor(image) + " could not be made: out of memory");
  }
  return bytes;
}

void write_png(const std::filesystem::path& path, const Tensor& image) {
  write_file_atomically(path, encode_png(image), Durability::cached);
}

}  // namespace cspgan
