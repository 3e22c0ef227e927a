// Archives, what is read of images, and what is kept of them.
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include <atomic>
#include <memory>
#include <thread>

#include "cspgan/data/celeba.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/resize.hpp"
#include "fixtures.hpp"
#include "pictures.hpp"
#include "sources.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;
using namespace std::string_literals;
namespace fs = std::filesystem;

TEST_CASE("A zip archive serves as the folder that was packed into it", "[data]") {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> files{
      {"b.ppm", red_picture(2)},     {"a/z.PPM", red_picture(1)}, {"a/", ""},
      {".hidden.ppm", "x"},          {"__MACOSX/a/._z.ppm", "x"}, {"notes.md", "no picture"},
      {"../out.ppm", red_picture(3)}};
  const fs::path archive = folder.path() / "faces.ZIP";
  write_bytes(archive, zip(files));
  const ImageFolder images(archive);
  CHECK(all_names(images) == Texts{"a/z.PPM", "b.ppm"});  // no name leads out of the archive
  CHECK(red(images, 0) == 1);
  CHECK(images.contents() ==
        "2 images (PNM 2); left out: 1 file in formats that are not read (.md 1), 1 file whose path leads out of the "
        "archive");
  CHECK(*images.encoded(1) == red_picture(2));
  for (const auto& [name, content] : files)
    if (!name.starts_with(".") && !content.empty() && !name.starts_with("_"))
      write_bytes(folder.path() / "out" / name, content);
  CHECK(ImageFolder(folder.path() / "out").fingerprint() == images.fingerprint());
  const std::string mark = "{}";  // of a run, whose pictures are left out as those of a folder are
  write_bytes(folder.path() / "runs.zip", zip({{"run/samples/step-00000000.ppm", red_picture(1)},
                                               {"run/samples/run.json", mark},
                                               {"run/run.json", mark},
                                               {"run/best.ppm", red_picture(2)},
                                               {"b.ppm", red_picture(3)}}));
  CHECK(ImageFolder(folder.path() / "runs.zip").contents() == "1 image (PNM 1); left out: 1 folder of a run ('run')");
  write_bytes(folder.path() / "names.zip", zip({{"./a/1.ppm", red_picture(1)},
                                                {"/a/2.ppm", red_picture(2)},
                                                {"a//3.ppm", red_picture(3)},
                                                {"a\\4.ppm", red_picture(4)},
                                                {"./a/2.ppm", red_picture(5)}}));
  const ImageFolder named(folder.path() / "names.zip");  // as some programs write them
  CHECK(all_names(named) == Texts{"a/1.ppm", "a/2.ppm", "a/3.ppm", "a/4.ppm"});
  CHECK(red(named, 3) == 4);
  CHECK(named.found().repeated == 1);

  std::string damaged = zip(files);
  damaged[damaged.find("255\n") + 5] ^= 1;  // a pixel of b.ppm
  write_bytes(folder.path() / "damaged.zip", damaged);
  const ImageFolder of_damaged(folder.path() / "damaged.zip");
  CHECK(contains(message_of<ImageError>([&] { of_damaged.image(1); }), "CRC error"));
  CHECK(red(of_damaged, 0) == 1);
  write_bytes(folder.path() / "cut.zip", damaged.substr(0, 200));
  CHECK(contains(open_error((folder.path() / "cut.zip").string()), "cannot read the zip archive"));
  write_bytes(folder.path() / "empty.zip", zip({{"readme.md", "x"}}));
  CHECK(contains(open_error((folder.path() / "empty.zip").string()), "the archive"));
}

TEST_CASE("Several threads read an archive at once", "[data]") {
  const TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 0; i < 20'000; ++i) files.emplace_back("many/" + std::to_string(i) + ".ppm", red_picture(i % 256));
  write_bytes(folder.path() / "many.zip", zip(files));
  const ImageFolder many(folder.path() / "many.zip");
  std::atomic<std::int64_t> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&, t] {
      for (std::int64_t i = t; i < many.size(); i += 8)
        if (*many.encoded(i) != red_picture(std::stoi(many.name(i).substr(5)) % 256)) ++wrong;
    });
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);

  files.clear();
  for (int i = 0; i < 60; ++i) files.emplace_back(std::to_string(i) + ".ppm", red_picture(i));
  write_bytes(folder.path() / "a.zip", zip(files));
  const auto batches = [&](std::int64_t workers) {
    Loader loader(ImageFolder(folder.path() / "a.zip"),
                  {.batch_size = 20, .image_size = 2, .workers = workers, .cache_mebibytes = 0});
    return std::vector<Tensor>{loader.next().images, loader.next().images, loader.next().images};
  };
  const auto alone = batches(0), together = batches(4);
  for (std::size_t i = 0; i < alone.size(); ++i) CHECK(at::equal(alone[i], together[i]));
}

TEST_CASE("Files of one name in an archive are counted, and the first is used", "[data]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "a.zip", zip({{"x/1.ppm", red_picture(7)}, {"x/1.ppm", red_picture(9)}}));
  const ImageFolder images(folder.path() / "a.zip");
  CHECK(images.size() == 1);
  CHECK(images.image(0)[0][0][0].item<int>() == 7);
  CHECK(contains(images.contents(), "left out: 1 file of a name that an earlier one has"));
}

TEST_CASE("CelebA is known in an archive of Kaggle's layout, with its lists as CSV", "[data]") {
  const TemporaryFolder folder;
  std::vector<std::pair<std::string, std::string>> files;
  for (int i = 1; i <= 3; ++i)
    files.emplace_back("archive/img_align_celeba/img_align_celeba/00000" + std::to_string(i) + ".jpg", red_picture(i));
  files.emplace_back("archive/list_eval_partition.csv",
                     "image_id,partition\n000001.jpg,0\n000002.jpg,0\n000003.jpg,2\n");
  files.emplace_back("archive/list_attr_celeba.csv",
                     "image_id,Bald,Smiling\n000001.jpg,-1,1\n000002.jpg,-1,-1\n000003.jpg,1,1\n");
  const std::string archive = (folder.path() / "celeba.zip").string();
  write_bytes(archive, zip(files));
  const AnyImageSource train = open_images(archive, {.partition = Partition::train});
  CHECK(all_names(train) == Texts{"000001.jpg", "000002.jpg"});
  CHECK(contains(train.contents(), "2 images of CelebA's train partition"));
  CHECK(classes_of(train.labels(), 1) == Texts{"1", "-1"});
  CHECK(open_images(archive, {.partition = Partition::test}).size() == 1);
  CHECK(all_names(open_images(archive, {.where = "Smiling=1,Bald=-1"})) == Texts{"000001.jpg"});
  // The official tree.
  for (int i = 1; i <= 2; ++i)
    write_bytes(folder.path() / "tree/Img/img_align_celeba" / ("00000" + std::to_string(i) + ".jpg"), red_picture(i));
  write_bytes(folder.path() / "tree/Eval/list_eval_partition.txt", "000001.jpg 0\n000002.jpg 1\n");
  write_bytes(folder.path() / "tree/Anno/list_attr_celeba.txt", "1\nBald\n000001.jpg 1\n");
  const CelebA all(folder.path() / "tree", Partition::all);
  CHECK(all.size() == 2);
  CHECK(classes_of(all.labels(), 0) == Texts{"1", "?"});
  // PNGs, and lists as other programs write them.
  const fs::path png = folder.path() / "png";
  for (int i = 1; i <= 2; ++i)
    write_bytes(png / "img_align_celeba_png" / ("00000" + std::to_string(i) + ".png"), red_picture(i));
  write_bytes(png / "list_eval_partition.csv", "000001.jpg;0\n000002.jpg;0\n");
  write_bytes(png / "list_attr_celeba.txt", "2\nBald\n000001.jpg 1\n000002.jpg -1\n");
  CHECK(all_names(open_images(png.string())) == Texts{"000001.png", "000002.png"});
  CHECK(classes_of(open_images(png.string()).labels(), 0) == Texts{"1", "-1"});
  write_bytes(png / "list_eval_partition.csv", ",image_id,partition\n0,000001.jpg,0\n1,000002.jpg,2\n");
  CHECK(contains(open_error(png.string()), "line 2: expected a file's name and 0"));  // and no folder of all images
  fs::remove(png / "list_eval_partition.csv");
  write_bytes(png / "list_eval_partition.txt", "000001 0\n000002 2\n");
  CHECK(all_names(open_images(png.string(), {.partition = Partition::train})) == Texts{"000001.png"});
  write_bytes(png / "list_eval_partition.txt", "2\n000001.jpg 0\n000002.jpg 2\n");
  CHECK(contains(open_error(png.string()), "line 1: expected a file's name and 0"));
  // DeepFashion's list of the same name.
  write_bytes(folder.path() / "fashion/img/1.ppm", red_picture(1));
  write_bytes(folder.path() / "fashion/list_eval_partition.txt", "1\nimage_name evaluation_status\nimg/1.ppm train\n");
  CHECK(all_names(open_images((folder.path() / "fashion").string())) == Texts{"img/1.ppm"});
}

TEST_CASE("FFHQ is known in an archive", "[data]") {
  const TemporaryFolder folder;
  const std::string archive = (folder.path() / "ffhq.zip").string();
  write_bytes(archive, zip({{"ffhq/thumbnails128x128/00000/00001.ppm", red_picture(1)},
                            {"ffhq/thumbnails128x128/60000/60001.ppm", red_picture(2)}}));
  CHECK(all_names(open_images(archive, {.partition = Partition::train})) == Texts{"00000/00001.ppm"});
  CHECK(all_names(open_images(archive, {.partition = Partition::validation})) == Texts{"60000/60001.ppm"});
}

TEST_CASE("An image becomes square in four ways", "[data]") {
  const Tensor tall = pattern(9, 4), wide = pattern(4, 9);
  CHECK(at::equal(make_square(tall, Crop::center), center_crop_square(tall)));
  CHECK(at::equal(make_square(tall, Crop::top), tall.slice(1, 0, 4)));
  CHECK(at::equal(make_square(wide, Crop::top), center_crop_square(wide)));
  const Tensor padded = make_square(wide, Crop::pad);
  CHECK(padded.sizes() == at::IntArrayRef({3, 9, 9}));
  CHECK(at::equal(padded.slice(1, 2, 6), wide));
  CHECK(padded.slice(1, 0, 2).sum().item<std::int64_t>() + padded.slice(1, 6, 9).sum().item<std::int64_t>() == 0);
  for (const auto& [height, width] : {std::pair{1, 200}, {200, 1}, {65, 130}, {300, 129}, {128, 9}})
    for (const std::int64_t size : {8, 33, 64})  // it is resized in parts
      CHECK(at::equal(make_square(pattern(height, width), Crop::pad, size),
                      resize(make_square(pattern(height, width), Crop::pad), size)));
  CHECK(make_square(at::zeros({3, 1, max_image_side}, at::kByte), Crop::pad, 16).sizes() ==
        at::IntArrayRef({3, 16, 16}));
  CHECK_THROWS_AS(make_square(at::zeros({3, 1, max_image_side}, at::kByte), Crop::pad), ImageError);
  CHECK(make_square(wide, Crop::stretch, 3).sizes() == at::IntArrayRef({3, 3, 3}));
  CHECK(make_square(wide, Crop::stretch, 6).sizes() == at::IntArrayRef({3, 4, 4}));  // nothing is enlarged
  const Tensor halves = at::cat({at::full({3, 4, 4}, 50, at::kByte), at::full({3, 4, 4}, 200, at::kByte)}, 2);
  const Tensor narrow = make_square(halves, Crop::stretch, 4);
  CHECK(at::equal(narrow.select(2, 0), at::full({3, 4}, 50, at::kByte)));
  CHECK(at::equal(narrow.select(2, 3), at::full({3, 4}, 200, at::kByte)));
  for (const Crop crop : {Crop::center, Crop::top, Crop::pad, Crop::stretch})
    CHECK(at::equal(make_square(pattern(5, 5), crop), pattern(5, 5)));
}

TEST_CASE("Small images are left out by their headers if asked", "[data]") {
  const TemporaryFolder folder;
  write_bytes(folder.path() / "1.ppm", plain_pnm(8, 20, {1, 0, 0}));
  write_bytes(folder.path() / "2.ppm", plain_pnm(30, 12, {2, 0, 0}));
  write_bytes(folder.path() / "3.jpg", from_hexadecimal(baseline_jpeg));  // 24 x 16
  write_bytes(folder.path() / "4.png", from_hexadecimal(palette_png));
  write_bytes(folder.path() / "5.webp", from_hexadecimal(webp));
  write_bytes(folder.path() / "6.gif", from_hexadecimal(gif));
  write_bytes(folder.path() / "7.png", "not a picture");  // the loader says it
  const std::string path = folder.path().string();
  CHECK(all_names(open_images(path, {.min_side = 12})) == Texts{"2.ppm", "3.jpg", "4.png", "5.webp", "6.gif", "7.png"});
  CHECK(all_names(open_images(path, {.min_side = 16})) == Texts{"3.jpg", "4.png", "5.webp", "6.gif", "7.png"});
  CHECK(
      open_images(path, {.min_side = 12}).contents().ends_with("6 of them, with a shorter side of 12 pixels or more"));
  std::vector<std::int64_t> done;
  open_images(path, {.min_side = 12, .on_progress = [&](std::int64_t read, std::int64_t all) {
                       done.push_back(read);
                       CHECK(all == 7);
                     }});
  CHECK((done == std::vector<std::int64_t>{0, 7}));
  fs::remove(folder.path() / "7.png");
  CHECK(contains(open_error(path, {.min_side = 17}), "source.min_side"));
}

TEST_CASE("As many images are cached as fit, and those that had to be enlarged are counted once", "[data]") {
  struct Counted {
    std::shared_ptr<std::atomic<int>> made = std::make_shared<std::atomic<int>>(0);
    std::int64_t size() const { return 2000; }
    Tensor image(std::int64_t index) const {
      ++*made;
      return pattern(index % 4 == 0 ? 20 : 40, 40);
    }
  };
  const Counted source;
  Loader loader(source, {.batch_size = 100, .image_size = 32, .workers = 0, .cache_mebibytes = 1});  // 341 images fit
  for (int batch = 0; batch < 20; ++batch) loader.next();
  CHECK(*source.made == 2000);
  CHECK(loader.notes().enlarged == 500);
  CHECK(loader.notes().smallest_height == 20);
  CHECK(loader.notes().smallest_width == 40);
  for (int batch = 0; batch < 20; ++batch) loader.next();
  CHECK(*source.made == 2000 + 2000 - 341);
  CHECK(loader.notes().enlarged == 500);
}

TEST_CASE("Images that are nearly constant, and the brightest value of all, are noted once", "[data]") {
  struct Gray {
    std::int64_t size() const { return 40; }
    Tensor image(std::int64_t index) const {  // every fourth has values from 8 to 15, the others from 0 to 15
      const Tensor values = at::arange(16 * 16, at::kByte).bitwise_and(15).view({1, 16, 16}).expand({3, 16, 16});
      return index % 4 == 0 ? values.bitwise_and(7).add(8) : values.contiguous();
    }
  };
  Loader loader(Gray(), {.batch_size = 20, .image_size = 16, .workers = 0, .cache_mebibytes = 0});
  for (int batch = 0; batch < 4; ++batch) loader.next();  // twice
  CHECK(loader.notes() == ImageNotes{.read = 40, .flat = 10, .brightest = 15});
}
