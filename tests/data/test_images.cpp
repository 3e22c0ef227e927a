// Decoding, cropping and resizing.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/flip.h>
#include <ATen/ops/from_blob.h>

#include "cspgan/data/image_file.hpp"
#include "cspgan/data/resize.hpp"
#include "fixtures.hpp"
#include "pictures.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;
using namespace std::string_literals;

namespace {

std::int64_t largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.sizes() == b.sizes());
  return (a.to(at::kInt) - b.to(at::kInt)).abs().max().item<std::int64_t>();
}

std::array<int, 3> pixel(const Tensor& image, std::int64_t y, std::int64_t x) {
  return {image[0][y][x].item<int>(), image[1][y][x].item<int>(), image[2][y][x].item<int>()};
}

std::string why(std::string_view bytes, std::string_view name = "") {
  return message_of<ImageError>([&] { decode_image(bytes, name); });
}

}  // namespace

TEST_CASE("Resized pixels equal Pillow's within one level", "[data]") {
  const auto check = [](std::int64_t height, std::int64_t width, std::int64_t size, std::string_view expected) {
    const Tensor resized = resize(pattern(height, width), size);
    CHECK(resized.is_contiguous());
    CHECK(largest_difference(resized, from_planes(from_hexadecimal(expected), size, size)) <= 1);
  };
  check(40, 40, 12, resized_40x40_to_12);
  check(21, 33, 16, resized_21x33_to_16);
  check(9, 9, 20, resized_9x9_to_20);
  check(31, 31, 2, resized_31x31_to_2);
}

TEST_CASE("The center crop takes the middle, half a pixel rounded to even", "[data]") {
  const Tensor wide = pattern(4, 9);  // margin 2.5
  CHECK(at::equal(center_crop_square(wide), wide.slice(2, 2, 6)));
  const Tensor tall = pattern(7, 4);  // margin 1.5
  CHECK(at::equal(center_crop_square(tall), tall.slice(1, 2, 6)));
  CHECK(at::equal(center_crop_square(pattern(5, 5)), pattern(5, 5)));
}

TEST_CASE("Resize and crop name the shape that they cannot work on", "[data]") {
  CHECK(contains(message_of<Error>([] { resize(at::empty({1, 3, 4}, at::kByte), 2); }), "[1, 3, 4]"));
  CHECK(contains(message_of<Error>([] { center_crop_square(at::empty({3, 4, 4}, at::kFloat)); }), "float32 [3, 4, 4]"));
  CHECK_THROWS_AS(resize(pattern(4, 4), 1), OptionError);
  CHECK_THROWS_AS(resize(Tensor(), 4), Error);
}

TEST_CASE("Every format decodes to the pixels that Pillow decodes", "[data]") {
  const auto check = [](std::string_view encoded, std::string_view pixels, const char* name = "") {
    const Tensor image = decode_image(from_hexadecimal(encoded), name);
    CHECK(image.scalar_type() == at::kByte);
    CHECK(at::equal(image, from_planes(from_hexadecimal(pixels), 16, 24)));
  };
  check(baseline_jpeg, baseline_jpeg_pixels);
  check(progressive_jpeg, progressive_jpeg_pixels);
  check(gray_jpeg, gray_jpeg_pixels);
  check(cmyk_jpeg, cmyk_jpeg_pixels);
  check(palette_png, palette_png_pixels);
  check(webp, webp_pixels);
  check(gif, gif_pixels);
  check(bmp, bmp_pixels);
  check(tga, tga_pixels, "a.TGA");
}

TEST_CASE("Gray, alpha and 16-bit PNGs become RGB, alpha over white, 16 bits by their upper byte", "[data]") {
  const Tensor gray = decode_image(png(2, 1, 8, 0, "\0\x10\xf0"s));
  CHECK(pixel(gray, 0, 0) == std::array{0x10, 0x10, 0x10});
  const Tensor gray_alpha = decode_image(png(2, 1, 8, 4, "\0\x10\xff\x10\0"s));
  CHECK(pixel(gray_alpha, 0, 0) == std::array{0x10, 0x10, 0x10});
  CHECK(pixel(gray_alpha, 0, 1) == std::array{255, 255, 255});
  const Tensor alpha = decode_image(png(2, 1, 8, 6, "\0\x64\0\xff\xff\x64\0\xff\x80"s));
  CHECK(pixel(alpha, 0, 0) == std::array{100, 0, 255});
  CHECK(pixel(alpha, 0, 1) == std::array{177, 127, 255});  // 100 * 128/255 + 255 * 127/255 = 177.2
  const Tensor deep = decode_image(png(1, 1, 16, 2, "\0\x12\x34\xab\xcd\xff\xfe"s));
  CHECK(pixel(deep, 0, 0) == std::array{0x12, 0xab, 0xff});
}

TEST_CASE("Exif orientation turns the picture upright", "[data]") {
  const std::string plain = from_hexadecimal(baseline_jpeg);
  const Tensor upright = decode_image(plain);
  const Tensor transposed = upright.transpose(1, 2);
  // CIPA DC-008, orientation: where the stored rows and columns belong.
  const std::array<Tensor, 8> expected{upright,    upright.flip({2}),    upright.flip({1, 2}),    upright.flip({1}),
                                       transposed, transposed.flip({2}), transposed.flip({1, 2}), transposed.flip({1})};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    for (const bool little_endian : {true, false}) {
      const std::string block = exif_orientation(orientation, little_endian);
      const std::string content = "Exif\0\0"s + block;
      const auto length = static_cast<char>(content.size() + 2);
      const std::string jpeg = plain.substr(0, 2) + "\xff\xe1\0"s + length + content + plain.substr(2);
      CHECK(at::equal(decode_image(jpeg), expected[static_cast<std::size_t>(orientation - 1)]));
      const std::string picture = png(3, 2, 8, 0, "\0\x01\x02\x03\0\x04\x05\x06"s, png_chunk("eXIf", block));
      CHECK(decode_image(picture).size(1) == (orientation <= 4 ? 2 : 3));
    }
  }
  const auto height = [](const std::string& exif) {  // 3 if the picture is turned
    return decode_image(png(3, 2, 8, 0, "\0\x01\x02\x03\0\x04\x05\x06"s, png_chunk("eXIf", exif))).size(1);
  };
  CHECK(height("II*\0\xff\xff\xff\xff"s) == 2);
  CHECK(height("Exif\0\0"s + exif_orientation(6, false)) == 3);  // libpng does not tell of such a block
  const std::string one_entry = "MM\0*\0\0\0\x08\0\x01\x01\x12"s, end = "\0\0\0\0"s;
  CHECK(height(one_entry + "\0\x04\0\0\0\x01\0\0\0\x06"s + end) == 3);    // as a long number
  CHECK(height(one_entry + "\0\x01\0\0\0\x01\x06\0\0\0"s + end) == 2);    // not a byte
  CHECK(height(one_entry + "\0\x03\0\0\0\x02\0\x06\0\x01"s + end) == 3);  // the first of two
  CHECK(height(one_entry + "\0\x04\0\0\0\x02\0\0\0\x1a"s + end + "\0\0\0\x06\0\0\0\x01"s) == 3);
  CHECK(height(one_entry + "\0\x04\0\0\0\x02\0\0\0\x20"s + end + "\0\0\0\x06\0\0\0\x01"s) == 2);
}

TEST_CASE("The first picture of a GIF that does not fill its screen has what Pillow has around it", "[data]") {
  // 2 x 2 of color 2 (green) at (1, 1) of 4 x 4; the first color is (10, 20, 30).
  const std::string head = "4749463839610400040081", palette = "000a141effffff00ff00ff0000";
  const std::string plain = "2c01000100020002000002039428b1003b";
  const std::string own_palette = "2c01000100020002008146505a00000000c80000000002039428b1003b";
  const auto border = [&](std::string_view background, std::string_view control, std::string_view picture) {
    const Tensor image = decode_image(
        from_hexadecimal(head + std::string(background) + palette + std::string(control) + std::string(picture)));
    for (const auto& [y, x] : {std::pair{0, 3}, {1, 0}, {3, 1}, {1, 3}})
      CHECK(pixel(image, y, x) == pixel(image, 0, 0));
    CHECK(pixel(image, 1, 1) != pixel(image, 0, 0));
    return pixel(image, 0, 0);
  };
  using Color = std::array<int, 3>;
  CHECK(border("03", "", plain) == Color{10, 20, 30});
  CHECK(border("00", "", plain) == Color{10, 20, 30});
  CHECK(border("03", "", own_palette) == Color{70, 80, 90});
  CHECK(border("03", "21f9040100000100", plain) == Color{255, 255, 255});
  CHECK(border("03", "21f9040100000300", own_palette) == Color{255, 255, 255});
}

TEST_CASE("Odd GIFs have the pixels that Pillow gives them, and are refused if pixels are missing", "[data]") {
  const std::string signature = "474946383961", palette = "0a141e28323c46505a646e78", screen = "02000200";
  const auto frame = [](std::string_view place, std::string_view data) {
    return "2c" + std::string(place) + "0200020000" + std::string(data) + "3b";
  };
  const std::string at_0 = "00000000", at_1 = "01000100",
                    colors_0123 =
                        "080700010410302020"
                        "00";
  const auto image = [&](const std::string& rest) { return decode_image(from_hexadecimal(signature + rest)); };
  using Color = std::array<int, 3>;
  const Tensor beyond_palette = image(screen + "810000" + palette + frame(at_0, "080700010410802c2000"));
  CHECK(pixel(beyond_palette, 1, 0) == Color{70, 80, 90});
  CHECK(pixel(beyond_palette, 1, 1) == Color{0, 0, 0});
  const Tensor without_palette = image(screen + "000000" + frame(at_0, "080700010410802c2000"));
  CHECK(pixel(without_palette, 1, 0) == Color{2, 2, 2});
  CHECK(pixel(without_palette, 1, 1) == Color{200, 200, 200});
  const Tensor beyond_screen = image(screen + "810000" + palette + frame(at_1, colors_0123));
  REQUIRE(beyond_screen.sizes() == at::IntArrayRef{3, 3, 3});
  CHECK(pixel(beyond_screen, 0, 2) == Color{10, 20, 30});
  CHECK(pixel(beyond_screen, 2, 2) == Color{100, 110, 120});
  const auto without_end = image(screen + "810000" + palette + "2c" + at_0 + "0200020000" +
                                 "0807000104103020"
                                 "20");
  CHECK(pixel(without_end, 1, 1) == Color{100, 110, 120});
  CHECK_THROWS_AS(image(screen + "810000" + palette + frame(at_0, "080500010408080000")), ImageError);  // two pixels
  CHECK_THROWS_AS(image(screen + "810000" + palette + "3b"), ImageError);                               // no picture
}

TEST_CASE("A file cut short anywhere gives the whole picture or an ImageError, never a part of it", "[data]") {
  for (const auto encoded : {baseline_jpeg, progressive_jpeg, gray_jpeg, cmyk_jpeg, palette_png, webp, gif, bmp, tga}) {
    const std::string whole = from_hexadecimal(encoded);
    const Tensor image = decode_image(whole, "a.tga");
    std::size_t refused = 0;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      Tensor found;
      try {
        found = decode_image(std::string_view(whole).substr(0, length), "a.tga");
      } catch (const ImageError&) {
        ++refused;
        continue;
      }
      REQUIRE(at::equal(found, image));
    }
    CHECK(refused + 40 >= whole.size());  // what stands behind the pixels: end markers, TGA's footer
  }
}

TEST_CASE("A JPEG without its end marker is whole, and so is one with anything before or behind it", "[data]") {
  for (const auto encoded : {baseline_jpeg, progressive_jpeg, gray_jpeg, cmyk_jpeg}) {
    const std::string whole = from_hexadecimal(encoded), body = whole.substr(0, whole.size() - 2);
    const Tensor image = decode_image(whole);
    CHECK(at::equal(decode_image(body), image));
    CHECK(at::equal(decode_image(body + "\x12\x34\0\x56"s + "\xff\xd9"), image));
    CHECK(at::equal(decode_image(whole + whole), image));
    CHECK(at::equal(decode_image(whole + std::string(1000, '\0')), image));
  }
}

TEST_CASE("Each damaged byte of a PNG's picture is noticed", "[data]") {
  const std::string whole = from_hexadecimal(palette_png);
  const std::size_t end_chunk = whole.size() - 12;
  for (std::size_t place = 0; place < end_chunk; ++place) {
    std::string damaged = whole;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x20);
    REQUIRE_THROWS_AS(decode_image(damaged), ImageError);
  }
}

TEST_CASE("Whole PNM, raw TGA and BMP pictures are read, and none that is cut short", "[data]") {
  const std::string pixels(5 * 3 * 3, '\x40');
  const std::string color = "P6\n# a comment\n5 3\n255\n" + pixels, gray = "P5 5 3 15 " + std::string(15, '\x0f'),
                    deep = "P5\n1 2\n65535\n" + "\x12\x34\xff\x01"s, twelve = "P5\n1 1\n4095\n" + "\x08\x00"s;
  CHECK(pixel(decode_image(color), 2, 4) == std::array{0x40, 0x40, 0x40});
  CHECK(pixel(decode_image(gray), 0, 0) == std::array{255, 255, 255});
  CHECK(pixel(decode_image(deep), 1, 0)[0] == 254);  // 0xff01 of 0xffff
  CHECK(pixel(decode_image(deep), 0, 0)[0] == 0x12);
  CHECK(pixel(decode_image(twelve), 0, 0)[0] == 128);
  const std::string raw_tga = "\0\0\2\0\0\0\0\0\0\0\0\0\5\0\3\0\x18\0"s + pixels;
  CHECK(decode_image(raw_tga, "a.tga").sizes() == at::IntArrayRef({3, 3, 5}));
  for (const std::string& whole : {color, gray, deep, twelve, raw_tga})
    for (std::size_t length = 0; length < whole.size(); ++length)
      REQUIRE_THROWS_AS(decode_image(std::string_view(whole).substr(0, length), "a.tga"), ImageError);

  std::string from_top = from_hexadecimal(bmp);  // its height negated: the first row is the upper one
  for (std::size_t i = 22; i < 26; ++i) from_top[i] = static_cast<char>(i == 22 ? -16 : -1);
  CHECK(at::equal(decode_image(from_top), decode_image(from_hexadecimal(bmp)).flip({1})));
}

TEST_CASE("A BMP of OS/2 has all colors of its palette", "[data]") {
  std::string file = "BM\0\0\0\0\0\0\0\0\x1a\3\0\0\x0c\0\0\0\4\0\1\0\1\0\x08\0"s;  // 4 x 1, 8 bits
  for (int color = 0; color < 256; ++color) file += {static_cast<char>(color), 7, static_cast<char>(255 - color)};
  const Tensor image = decode_image(file + "\0\x64\xfc\xff"s, "a.bmp");
  REQUIRE(image.sizes() == at::IntArrayRef({3, 1, 4}));
  for (const auto& [x, color] : {std::pair{0, 0}, {1, 100}, {2, 252}, {3, 255}})
    CHECK(pixel(image, 0, x) == std::array{255 - color, 7, color});
  for (std::size_t length = 0; length < file.size(); ++length)
    REQUIRE_THROWS_AS(decode_image(std::string_view(file).substr(0, length), "a.bmp"), ImageError);
  const std::string colors = "BM\0\0\0\0\0\0\0\0\x1a\0\0\0\x0c\0\0\0\1\0\1\0\1\0\x18\0\1\2\3\0"s;  // 1 x 1, 24 bits
  CHECK(pixel(decode_image(colors, "a.bmp"), 0, 0) == std::array{3, 2, 1});
}

TEST_CASE("A TGA that starts at the right is mirrored, one that starts at the bottom turned over", "[data]") {
  std::string file = from_hexadecimal(tga);
  const Tensor upright = decode_image(file, "a.tga");
  file[17] ^= 0x10;
  CHECK(at::equal(decode_image(file, "a.tga"), upright.flip({2})));
  file[17] ^= 0x20;
  CHECK(at::equal(decode_image(file, "a.tga"), upright.flip({1, 2})));
}

TEST_CASE("A damaged file gives a picture or an ImageError and nothing else", "[data]") {
  for (const auto encoded : {baseline_jpeg, progressive_jpeg, cmyk_jpeg, webp, gif, bmp, tga}) {
    const std::string whole = from_hexadecimal(encoded);
    for (std::size_t place = 0; place < whole.size(); ++place) {
      for (const int change : {0x01, 0x80, 0xff}) {
        std::string damaged = whole;
        damaged[place] = static_cast<char>(damaged[place] ^ change);
        try {
          const Tensor image = decode_image(damaged, "a.tga");
          REQUIRE(image.size(0) == 3);
        } catch (const ImageError&) {
          continue;
        }
      }
    }
  }
}

TEST_CASE("A JPEG whose Huffman table claims more than 256 values is refused", "[data]") {
  for (const auto encoded : {baseline_jpeg, progressive_jpeg}) {
    std::string damaged = from_hexadecimal(encoded);
    const std::size_t place = damaged.find("\xff\xc4");
    damaged[place + 5] = damaged[place + 6] = '\xff';  // behind marker, length and kind: codes of 1 and 2 bits
    CHECK(contains(why(damaged), "Huffman"));
  }
}

TEST_CASE("A JPEG that never gave a table that its scan uses is refused, or has the standard one", "[data]") {
  const auto without = [](std::string_view encoded, const std::string& marker) {
    std::string file = from_hexadecimal(encoded);
    for (std::size_t place = file.find(marker); place != std::string::npos; place = file.find(marker))
      file[place + 1] = '\xfe';  // a comment now
    return file;
  };
  for (const auto encoded : {baseline_jpeg, progressive_jpeg, cmyk_jpeg})
    CHECK(contains(why(without(encoded, "\xff\xdb")), "Quantization table"));
  // Frames of Motion JPEG come without Huffman tables: they mean those of ITU T.81, annex K, which Pillow writes.
  CHECK(at::equal(decode_image(without(baseline_jpeg, "\xff\xc4")), decode_image(from_hexadecimal(baseline_jpeg))));
}

TEST_CASE("A JPEG of more scans than any encoder writes is refused", "[data]") {
  const std::string whole = from_hexadecimal(progressive_jpeg);
  const std::size_t last = whole.rfind("\xff\xda");
  std::string many = whole.substr(0, last);
  for (int scan = 0; scan < 600; ++scan) many += whole.substr(last, whole.size() - 2 - last);
  CHECK(contains(why(many + whole.substr(whole.size() - 2)), "scans"));
}

TEST_CASE("The reason for a refused file is said", "[data]") {
  CHECK(contains(why(""), "empty"));
  CHECK(contains(why("plain text, not a picture"), "not a JPEG, PNG, WebP"));
  CHECK(contains(why("RIFF\x10\0\0\0WEBPVP8 "s), "the WebP is damaged or cut short"));
  CHECK(contains(why("\0\0\0\x18"
                     "ftypheic"s),
                 "HEIC"));
  CHECK(contains(why(png(20000, 1, 8, 0, "\0\0"s)), "large"));
  CHECK(contains(why(png(16384, 16384, 8, 0, "\0\0"s)), "16384 x 16384"));
  CHECK(contains(why(png(2, 2, 8, 0, "\0\0"s)), "the PNG is damaged"));
  std::string wrong_check = png(2, 1, 8, 0, "\0\x10\xf0"s);
  wrong_check[wrong_check.size() - 20] ^= 1;
  CHECK(contains(why(wrong_check), "data check"));
}

TEST_CASE("A file that is not there or cannot be read is an ImageError with the system's reason", "[data]") {
  const TemporaryFolder folder;
  CHECK(contains(message_of<ImageError>([&] { load_image(folder.path() / "none.png"); }), "No such file"));
  CHECK_THROWS_AS(load_image(folder.path()), ImageError);
}

TEST_CASE("Image files are known by their extension in either case", "[data]") {
  CHECK(image_format("a/b.JPG") == "JPEG");
  CHECK(image_format("b.jpeg") == "JPEG");
  CHECK(image_format("c.Png") == "PNG");
  CHECK(image_format("notes.txt") == "");
  CHECK(image_format("jpg") == "");
}
