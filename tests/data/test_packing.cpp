// Packed sets, and NumPy files.
#include <ATen/ops/equal.h>

#include <fstream>
#include <stdexcept>

#include "cspgan/core/files.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/packed_images.hpp"
#include "cspgan/data/resize.hpp"
#include "pictures.hpp"
#include "sources.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;
using namespace std::string_literals;
namespace fs = std::filesystem;

TEST_CASE("A packed set holds the images as training sees them, their names and their labels", "[data]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "pile.npy";
  std::vector<std::int64_t> progress;
  const PackResult result = pack_images(
      Pile{}, file, {.image_size = 16, .progress = [&](std::int64_t done, std::int64_t) { progress.push_back(done); }});
  CHECK(result.images == 299);
  CHECK(result.resumed == 0);
  CHECK(result.finished);
  CHECK(result.left_out == Texts{"'face 7': it is torn"});
  CHECK(progress == std::vector<std::int64_t>{256, 300});
  CHECK_FALSE(fs::exists(file.string() + ".part"));
  CHECK_FALSE(fs::exists(file.string() + ".part.json"));

  const PackedImages packed(file);
  CHECK(packed.contents() == "299 packed images of 16 x 16 pixels");
  CHECK(packed.name(7) == "face 8");
  CHECK(at::equal(packed.image(7), resize(center_crop_square(Pile{}.image(8)), 16)));
  CHECK(classes_of(packed.labels(), 0)[8] == "yes");  // of face 9
  CHECK(packed.labels().columns[0].name == "third");
  packed.verify();
  CHECK(open_images(file.string(), {.where = "third=yes"}).size() == 100);
  CHECK(contains(message_of<Error>([&] { packed.image(299); }), "does not exist"));

  const std::string note = read_file(folder.path() / "pile.npy.json"), print = packed.fingerprint();
  std::string other = note;  // as packed from other pictures
  other.replace(other.find("xxh3:") + 5, 4, "0000");
  write_bytes(folder.path() / "pile.npy.json", other);
  CHECK(PackedImages(file).fingerprint() != print);
  write_bytes(folder.path() / "pile.npy.json", note);

  std::string bytes = read_file(file);
  CHECK(bytes.substr(0, 8) == "\x93NUMPY\x01\0"s);
  CHECK(bytes.size() == 128 + 299 * 3 * 16 * 16);
  bytes[5000] ^= 1;
  write_bytes(file, bytes);
  CHECK(contains(message_of<Error>([&] { PackedImages(file).verify(); }), "is damaged: its checksum is"));
  fs::remove(folder.path() / "pile.npy.json");
  CHECK(PackedImages(file).name(7) == "image 7");
  CHECK(contains(message_of<Error>([&] { PackedImages(file).verify(); }), "no checksum"));
  write_bytes(folder.path() / "pile.npy.json", "{");
  CHECK(PackedImages(file).size() == 299);
}

TEST_CASE("The same images are held out of a packed set as of the sources that were joined in it", "[data]") {
  const TemporaryFolder folder;
  for (const std::string source : {"a", "b"})
    for (int i = 0; i < 40; ++i) write_bytes(folder.path() / source / (std::to_string(i) + ".ppm"), red_picture(1));
  const std::string a = (folder.path() / "a").string(), b = (folder.path() / "b").string();
  const fs::path file = folder.path() / "both.npy";
  for (int i = 0; i < 20; ++i)  // within another source, and with names that are not UTF-8
    write_bytes(folder.path() / "a" / "more" / (std::to_string(i) + "\xff.ppm"), red_picture(1));
  const std::string sources = a + ":" + b + ":" + a + "/more";
  pack_images(open_images(sources), file, {.image_size = 16});
  const fs::path again = folder.path() / "again.npy";
  pack_images(open_images(file.string()), again, {.image_size = 16});
  const auto held_out = [](const std::string& data) {
    return all_names(open_images(data, {.partition = Partition::validation, .holdout = 0.3}));
  };
  const auto places = [&](const std::string& data) {
    const Texts all = all_names(open_images(data));
    std::vector<std::ptrdiff_t> found;
    for (const std::string& name : held_out(data)) found.push_back(std::ranges::find(all, name) - all.begin());
    return found;
  };
  CHECK(held_out(sources).size() > 20);
  CHECK(places(file.string()) == places(sources));
  CHECK(places(again.string()) == places(sources));
}

TEST_CASE("Packing goes on where it was stopped or killed", "[data]") {
  const TemporaryFolder folder;
  const fs::path whole = folder.path() / "whole.npy", file = folder.path() / "pile.npy";
  const Pile pile{.count = 20000};
  pack_images(pile, whole, {.image_size = 8});
  int asked = 0;
  PackOptions options{.image_size = 8, .stop = [&] { return ++asked == 2; }};
  const PackResult stopped = pack_images(pile, file, options);
  CHECK_FALSE(stopped.finished);
  CHECK(stopped.images == 255);
  CHECK_FALSE(fs::exists(file));
  CHECK(contains(message_of<Error>([&] { pack_images(Pile{.count = 400}, file, {.image_size = 8}); }),
                 "of other images"));
  // Killed: the journal is behind the file, whose end may be torn.
  options.stop = {};
  options.progress = [&](std::int64_t done, std::int64_t) {
    if (done > 17000) throw std::runtime_error("killed");
  };
  CHECK_THROWS_AS(pack_images(pile, file, options), std::runtime_error);
  std::ofstream(file.string() + ".part", std::ios::app | std::ios::binary) << "torn";
  options.progress = {};
  const PackResult finished = pack_images(pile, file, options);
  CHECK(finished.resumed == 64 * 256 - 1);
  CHECK(finished.images == 19999);
  CHECK(finished.left_out.size() == 1);
  CHECK(read_file(file) == read_file(whole));
  CHECK(read_file(folder.path() / "pile.npy.json") == read_file(folder.path() / "whole.npy.json"));
}

TEST_CASE("Packing takes no file of somebody else's for its own", "[data]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "a.npy";
  for (const char* end : {".part", ".json"}) {
    const fs::path other = file.string() + end;
    write_bytes(other, "a download");
    CHECK(contains(message_of<Error>([&] { pack_images(Pile{}, file, {.image_size = 8}); }), "of no packing"));
    CHECK(read_file(other) == "a download");
    fs::remove(other);
    CHECK(fs::is_empty(folder.path()));
  }
  write_bytes(file.string() + ".part.json", "{torn");
  CHECK(contains(message_of<Error>([&] { pack_images(Pile{}, file, {.image_size = 8}); }), "remove it"));
  fs::remove(file.string() + ".part.json");
  fs::remove(file.string() + ".part");
  pack_images(Pile{}, file, {.image_size = 8});
  const std::string note = read_file(file.string() + ".json");
  fs::rename(file, folder.path() / "moved.npy");  // its note stays
  CHECK(pack_images(Pile{}, file, {.image_size = 16}).finished);
  CHECK(read_file(file.string() + ".json.replaced") == note);
}

TEST_CASE("Packing overwrites no file that appears meanwhile", "[data]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "a.npy";
  const PackOptions options{.image_size = 8, .progress = [&](std::int64_t, std::int64_t) { write_bytes(file, "new"); }};
  CHECK(contains(message_of<Error>([&] { pack_images(Pile{}, file, options); }), "has appeared while"));
  CHECK(read_file(file) == "new");
  CHECK(!fs::exists(file.string() + ".json"));
  fs::remove(file);
  CHECK(pack_images(Pile{}, file, {.image_size = 8}).resumed > 0);
}

TEST_CASE("What cannot be packed is refused and named", "[data]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "a.npy";
  const auto error = [&](const Pile& pile, const fs::path& path, PackOptions options = {}) {
    return message_of<Error>([&] { pack_images(pile, path, options); });
  };
  CHECK(contains(error({}, folder.path() / "a.bin"), "must end in .npy"));
  CHECK(contains(error({}, file, {.image_size = 1}), "image_size"));
  CHECK(
      contains(error({.count = 5, .bad = 2}, file), "1 of 5 images cannot be read; the first is 'face 2': it is torn"));
  CHECK(contains(error({}, folder.path() / "none" / "a.npy"), "No such file"));
}

TEST_CASE("A NumPy file of another kind is refused with what it holds", "[data]") {
  const TemporaryFolder folder;
  const auto npy = [&](const std::string& header, std::size_t bytes, char version = 1) {
    std::string text = header + "\n";
    std::string start =
        "\x93NUMPY"s + version + '\0' + static_cast<char>(text.size() & 0xff) + static_cast<char>(text.size() >> 8);
    if (version > 1) start += "\0\0"s;
    write_bytes(folder.path() / "a.npy", start + text + std::string(bytes, '\7'));
    return message_of<Error>([&] { PackedImages{folder.path() / "a.npy"}; });
  };
  const auto dictionary = [](const std::string& type, const std::string& shape, const std::string& order = "False") {
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  };
  CHECK(npy(dictionary("|u1", "(2, 3, 4, 5)"), 120) == "(nothing was thrown)");
  CHECK(npy(dictionary("|u1", "(2, 3, 4, 5)"), 120, 2) == "(nothing was thrown)");
  CHECK(npy(R"({"shape": (2,3,4,5), "fortran_order":False, "descr":"|u1"})", 120) == "(nothing was thrown)");
  CHECK(contains(npy(dictionary("|u1", "(2, 3, 4, 5)"), 119), "is cut short"));
  CHECK(contains(npy(dictionary("|u1", "(2, 4, 5, 3)"), 120), "a.transpose(0, 3, 1, 2).copy()"));
  CHECK(contains(npy(dictionary("<f4", "(2, 3, 4, 5)"), 480), "it has the type '<f4'"));
  CHECK(contains(npy(dictionary("|u1", "(2, 3, 4, 5)", "True"), 120), "in C order"));
  CHECK(contains(npy(dictionary("|u1", "(120,)"), 120), "the shape [120]"));
  CHECK(contains(npy(dictionary("|u1", "(0, 3, 4, 5)"), 0), "the shape [0, 3, 4, 5]"));
  CHECK(contains(npy(dictionary("|u1", "(9999999999999999, 3, 4, 5)"), 120), "the shape []"));
  CHECK(contains(npy(dictionary("|u1", "(1000000000000, 3, 16384, 16384)"), 120), "is cut short"));
  CHECK(contains(npy("nonsense", 120), "must hold uint8"));
  CHECK(contains(npy(dictionary("|u1", "(2, 3, 4, 5)"), 120, 9), "version 9"));
  write_bytes(folder.path() / "a.npy", "\x93NUMPY\x01");
  CHECK(contains(message_of<Error>([&] { PackedImages{folder.path() / "a.npy"}; }), "is no NumPy file"));
  CHECK(contains(message_of<Error>([&] { PackedImages{folder.path() / "none.npy"}; }), "No such file"));
}

TEST_CASE("Packing with another crop does not go on with what is there", "[data]") {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "pile.npy";
  int asked = 0;
  pack_images(SquareImages(Pile{.count = 600}, Crop::pad), file,
              {.image_size = 8, .stop = [&] { return ++asked == 2; }});
  const auto error =
      message_of<Error>([&] { pack_images(SquareImages(Pile{.count = 600}, Crop::top), file, {.image_size = 8}); });
  CHECK(contains(error, "of other images"));
}
