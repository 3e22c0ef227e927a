// Bytes, grids by their pixels, PNG files by decoding them.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#include <stb_image.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/images.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

namespace {

at::Tensor decode(const std::string& png) {
  int width = 0, height = 0, channels = 0;
  stbi_uc* const pixels = stbi_load_from_memory(reinterpret_cast<const stbi_uc*>(png.data()),
                                                static_cast<int>(png.size()), &width, &height, &channels, 0);
  REQUIRE(pixels != nullptr);
  REQUIRE(channels == 3);
  at::Tensor image = at::zeros({height, width, 3}, at::kByte);
  std::copy(pixels, pixels + image.numel(), image.mutable_data_ptr<std::uint8_t>());
  stbi_image_free(pixels);
  return image.permute({2, 0, 1});
}

int pixel(const at::Tensor& image, int channel, int y, int x) { return image[channel][y][x].item<int>(); }

}  // namespace

TEST_CASE("bytes are round((x + 1) * 127.5), clamped, with NaN as mid-gray", "[report]") {
  const float infinity = std::numeric_limits<float>::infinity();
  const at::Tensor values =
      at::tensor({-1.0f, 1.0f, 0.0f, -2.0f, 7.0f, std::nanf(""), infinity, -infinity, 0.5f, -0.999f, 0.999f, 0.2f});
  const at::Tensor expected = at::tensor({0, 255, 128, 0, 255, 128, 255, 0, 191, 0, 255, 153}).to(at::kByte);
  CHECK(at::equal(to_bytes(values.reshape({1, 3, 2, 2})).flatten(), expected));
}

TEST_CASE("every byte survives the way to [-1, 1] and back", "[report]") {
  const at::Tensor bytes = at::arange(256 * 3).remainder(256).to(at::kByte).reshape({1, 3, 16, 16});
  CHECK(at::equal(to_bytes(bytes.to(at::kFloat) / 127.5 - 1), bytes));
}

TEST_CASE("to_bytes names a shape or type that it cannot take", "[report]") {
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([] {
                                to_bytes(at::zeros({2, 1, 4, 4}));
                              }),
                              "[2, 1, 4, 4]"));
  CHECK_THROWS_AS(to_bytes(at::zeros({2, 3, 4, 4}, at::kByte)), Error);
  CHECK_THROWS_AS(to_bytes(at::Tensor()), Error);
}

TEST_CASE("diversity is the root mean square distance from the mean image", "[report]") {
  at::Tensor images = at::zeros({4, 3, 2, 2}, at::kByte);
  CHECK(diversity(images) == 0);
  images.narrow(0, 0, 2).fill_(100);  // half at 100, half at 0: each 50 from the mean
  CHECK(diversity(images) == Approx(50));
  images.narrow(3, 0, 1).fill_(7);  // half of the pixels alike
  CHECK(diversity(images) == Approx(50 / std::sqrt(2.0)));
  CHECK_THROWS_AS(diversity(at::zeros({4, 3, 2, 2})), Error);
  CHECK_THROWS_AS(diversity(at::zeros({3, 2, 2}, at::kByte)), Error);
}

TEST_CASE("a grid places its images row by row with padding around each", "[report]") {
  const at::Tensor images = at::arange(5).add(100).to(at::kByte).reshape({5, 1, 1, 1}).expand({5, 3, 4, 6});
  const at::Tensor grid = image_grid(images, 3, {.padding = 2, .background = 7});
  REQUIRE(grid.sizes() == at::IntArrayRef({3, 2 * (4 + 2) + 2, 3 * (6 + 2) + 2}));
  CHECK(pixel(grid, 0, 0, 0) == 7);
  CHECK(pixel(grid, 0, 2, 2) == 100);
  CHECK(pixel(grid, 2, 5, 7) == 100);
  CHECK(pixel(grid, 1, 2, 8) == 7);
  CHECK(pixel(grid, 1, 2, 10) == 101);
  CHECK(pixel(grid, 1, 8, 2) == 103);
  CHECK(pixel(grid, 1, 11, 15) == 104);
  CHECK(grid.narrow(2, 18, 8).narrow(1, 7, 7).eq(7).all().item<bool>());  // the cell that has no image
  CHECK(grid.eq(104).sum().item<int>() == 3 * 4 * 6);
}

TEST_CASE("a grid enlarges pixels to squares and is no wider than its images", "[report]") {
  at::Tensor image = at::zeros({1, 3, 2, 2}, at::kByte);
  image[0][1][0][1] = 200;
  const at::Tensor grid = image_grid(image, 8, {.padding = 0, .upscale = 3});
  REQUIRE(grid.sizes() == at::IntArrayRef({3, 6, 6}));
  CHECK(grid[1].narrow(0, 0, 3).narrow(1, 3, 3).eq(200).all().item<bool>());
  CHECK(grid.eq(200).sum().item<int>() == 9);
}

TEST_CASE("blocks stand beside each other, half an image apart", "[report]") {
  const at::Tensor four = at::full({4, 3, 2, 6}, 100, at::kByte), one = at::full({1, 3, 2, 6}, 200, at::kByte);
  const at::Tensor blocks = image_blocks({four, one, four}, 2, {.padding = 1, .background = 7, .upscale = 2});
  const std::int64_t height = 2 * (4 + 1) + 1, wide = 2 * (12 + 1) + 1, narrow = 12 + 2, gap = 6;
  REQUIRE(blocks.sizes() == at::IntArrayRef({3, height, 2 * wide + narrow + 2 * gap}));
  CHECK(blocks.narrow(2, 0, wide).equal(image_grid(four, 2, {.padding = 1, .background = 7, .upscale = 2})));
  CHECK(blocks.narrow(2, wide + narrow + 2 * gap, wide).equal(blocks.narrow(2, 0, wide)));
  CHECK(blocks.narrow(2, wide + gap + 1, 12).narrow(1, 1, 4).eq(200).all().item<bool>());
  CHECK(blocks.eq(200).sum().item<int>() == 3 * 4 * 12);
  CHECK(blocks.eq(100).sum().item<int>() == 8 * 3 * 4 * 12);
  CHECK(blocks.eq(7).sum().item<std::int64_t>() == blocks.numel() - 9 * 3 * 4 * 12);
  CHECK_THROWS_AS(image_blocks({}, 2), Error);
  CHECK_THROWS_AS(image_blocks({four, at::zeros({1, 3, 2, 5}, at::kByte)}, 2), Error);
  CHECK_THROWS_AS(image_blocks({four}, 0), OptionError);
}

TEST_CASE("a grid refuses no images, no columns and negative sizes", "[report]") {
  const at::Tensor images = at::zeros({1, 3, 2, 2}, at::kByte);
  CHECK_THROWS_AS(image_grid(at::zeros({0, 3, 2, 2}, at::kByte), 1), Error);
  CHECK_THROWS_AS(image_grid(at::zeros({1, 3, 2, 2}), 1), Error);
  CHECK_THROWS_AS(image_grid(images, 0), OptionError);
  CHECK_THROWS_AS(image_grid(images, 1, {.padding = -1}), OptionError);
  CHECK_THROWS_AS(image_grid(images, 1, {.upscale = 0}), OptionError);
}

TEST_CASE("a written PNG decodes to the same pixels", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const at::Tensor image = at::randint(0, 256, {3, 37, 53}, at::TensorOptions(at::kByte));
  write_png(folder.path() / "picture.png", image);
  CHECK(at::equal(decode(read_file(folder.path() / "picture.png")), image));
  const at::Tensor view = image.narrow(1, 5, 20).flip(2);
  CHECK(at::equal(decode(encode_png(view)), view));
}

TEST_CASE("a PNG that cannot be written names its path", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "missing" / "picture.png";
  const std::string message = cspgan_test::message_of<Error>([&] { write_png(path, at::zeros({3, 2, 2}, at::kByte)); });
  CHECK(cspgan_test::contains(message, path.string()));
  CHECK_THROWS_AS(encode_png(at::zeros({1, 2, 2}, at::kByte)), Error);
}
