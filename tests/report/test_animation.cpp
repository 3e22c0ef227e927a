// Animations: what the encoders refuse here, what they wrote in animations.py, which reads the files by Pillow.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <stdlib.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/animation.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// uint8 [3, 40, 60]: red grows to the right, green downwards, blue with the frame; the same formula in animations.py.
at::Tensor frame(int index) {
  at::Tensor image = at::zeros({3, 40, 60}, at::kByte);
  image[0].copy_(at::arange(60).mul(4).to(at::kByte).expand({40, 60}));
  image[1].copy_(at::arange(40).mul(6).to(at::kByte).unsqueeze(1).expand({40, 60}));
  image[2].fill_(index * 50);
  return image;
}

}  // namespace

TEST_CASE("an animation's file appears whole when it is finished, and not before", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  for (const char* name : {"film.gif", "film.webp"}) {
    AnimationWriter writer(folder.path() / name);
    writer.add(frame(0));
    writer.add(frame(1));
    CHECK(!std::filesystem::exists(folder.path() / name));
    writer.finish();
    CHECK(std::filesystem::file_size(folder.path() / name) > 100);
  }
  CHECK(read_file(folder.path() / "film.gif").starts_with("GIF89a"));
  CHECK(read_file(folder.path() / "film.webp").substr(8, 4) == "WEBP");
}

TEST_CASE("an animation that is abandoned leaves no file", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  {
    AnimationWriter writer(folder.path() / "film.gif");
    writer.add(frame(0));
    writer.add(frame(1));
  }
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("an animation refuses other formats, times, shapes and sizes with what it was given", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  CHECK(contains(message_of<OptionError>([&] { AnimationWriter(folder.path() / "film.mp4"); }), "film.mp4"));
  CHECK(contains(message_of<OptionError>([&] { AnimationWriter("film.gif", {.frame_milliseconds = 5}); }), "5"));
  CHECK_THROWS_AS(AnimationWriter("film.gif", {.loops = 70000}), OptionError);
  CHECK_THROWS_AS(AnimationWriter("film.webp", {.quality = 101}), OptionError);
  AnimationWriter writer(folder.path() / "film.webp");
  CHECK(contains(message_of<Error>([&] { writer.add(at::zeros({1, 4, 4}, at::kByte)); }), "[1, 4, 4]"));
  CHECK_THROWS_AS(writer.add(at::zeros({3, 4, 4})), Error);
  CHECK_THROWS_AS(writer.add(at::zeros({3, 1, 16384}, at::kByte)), Error);
  CHECK(contains(message_of<Error>([&] { writer.finish(); }), "film.webp"));
  writer.add(frame(0));
  CHECK(contains(message_of<Error>([&] { writer.add(at::zeros({3, 4, 8}, at::kByte)); }), "8x4 came after 60x40"));
}

TEST_CASE("a folder that is missing is named when the animation is finished", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  AnimationWriter writer(folder.path() / "missing" / "film.gif");
  writer.add(frame(0));
  CHECK(contains(message_of<Error>([&] { writer.finish(); }), "missing"));
}

// Not a test: animations.py asks for files to read.
TEST_CASE("write animations for the Pillow test", "[.animations]") {
  const char* const folder = getenv("CSPGAN_ANIMATIONS_FOLDER");
  REQUIRE(folder != nullptr);
  const AnimationOptions options{.frame_milliseconds = 120, .last_frame_milliseconds = 900, .loops = 3};
  AnimationOptions lossless = options;
  lossless.quality = 100;
  const std::filesystem::path root(folder);
  for (const auto& [name, chosen] :
       {std::pair{"film.gif", options}, {"film.webp", options}, {"lossless.webp", lossless}}) {
    AnimationWriter writer(root / name, chosen);
    for (int index = 0; index < 5; ++index) writer.add(frame(index));
    writer.finish();
  }
}
