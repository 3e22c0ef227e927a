// Archives, lists, packed sets, and sources made of others.
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "cspgan/core/files.hpp"
#include "cspgan/data/celeba.hpp"
#include "cspgan/data/ffhq.hpp"
#include "cspgan/data/image_list.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/packed_images.hpp"
#include "cspgan/data/resize.hpp"
#include "fixtures.hpp"
#include "pictures.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

std::string red_picture(int red) { return plain_pnm(3, 3, {red, 0, 0}); }

std::int64_t red(const AnyImageSource& source, std::int64_t index) {
  return source.image(index)[0][0][0].item<std::int64_t>();
}

std::vector<std::string> all_names(const AnyImageSource& source) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < source.size(); ++i) names.push_back(source.name(i));
  return names;
}

/// Each image's class in a column, as text; "?" if it is unknown.
std::vector<std::string> classes_of(const Labels& labels, std::size_t column) {
  std::vector<std::string> texts;
  for (std::int64_t i = 0; i < labels.values.size(0); ++i) {
    const auto value = labels.values[i][static_cast<std::int64_t>(column)].item<std::int64_t>();
    texts.push_back(value < 0 ? "?" : labels.columns[column].classes[static_cast<std::size_t>(value)]);
  }
  return texts;
}

std::string open_error(const std::string& data, const OpenOptions& options = {}) {
  return message_of<Error>([&] { open_images(data, options); });
}

using Texts = std::vector<std::string>;

}  // namespace

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

TEST_CASE("Labels come from subfolders, and from StyleGAN's dataset.json instead if there is one", "[data]") {
  const TemporaryFolder folder;
  const fs::path root = folder.path() / "set";
  for (const char* name : {"cats/1.ppm", "cats/2.ppm", "dogs/1.ppm"}) write_bytes(root / name, red_picture(1));
  const Labels folders = ImageFolder(root).labels();
  REQUIRE((folders.columns == std::vector<LabelColumn>{{"folder", {"cats", "dogs"}}}));
  CHECK(at::equal(folders.values, at::tensor({0, 0, 1}, at::kLong).unsqueeze(1)));
  CHECK(ImageFolder(root / "cats").labels().empty());
  CHECK((ImageFolder(folder.path()).labels().columns == folders.columns));  // with a folder around all
  write_bytes(root / "sheet.ppm", red_picture(1));
  CHECK(classes_of(ImageFolder(root).labels(), 0) == Texts{"cats", "cats", "dogs", "?"});
  fs::remove(root / "sheet.ppm");

  write_bytes(root / "dataset.json", R"({"labels": [["cats/1.ppm", 10], ["dogs/1.ppm", 9], ["gone.ppm", 7]]})");
  const Labels classes = ImageFolder(root).labels();
  REQUIRE((classes.columns == std::vector<LabelColumn>{{"label", {"9", "10"}}}));  // by number, not as text
  CHECK(classes_of(classes, 0) == Texts{"10", "?", "9"});
  CHECK(all_names(open_images(root.string(), {.where = "label=9"})) == Texts{"dogs/1.ppm"});

  write_bytes(root / "dataset.json", R"({"labels": [["cats/1.ppm", [0, 0.5]], ["dogs/1.ppm", [1, 0.25]]]})");
  const Labels several = ImageFolder(root).labels();
  REQUIRE(several.columns.size() == 2);
  CHECK(several.columns[1] == LabelColumn{"label_1", {"0.25", "0.5"}});

  for (const char* bad : {"{", "[1]", R"({"labels": [["cats/1.ppm"]]})", R"({"labels": [["./cats/1.ppm", 9]]})",
                          R"({"labels": [["cats/1.ppm", 1], ["dogs/1.ppm", [1, 2]]]})"}) {
    write_bytes(root / "dataset.json", bad);
    CHECK(ImageFolder(root).size() == 3);  // who needs no labels is not stopped
    CHECK(contains(open_error(root.string(), {.where = "label=9"}), "the images have no labels: "));
  }
  write_bytes(root / "dataset.json", R"({"labels": null})");
  CHECK(ImageFolder(root).labels().empty());
}

TEST_CASE("A list names images, and its other columns are labels", "[data]") {
  const TemporaryFolder folder;
  for (int i = 1; i <= 3; ++i) write_bytes(folder.path() / "x" / (std::to_string(i) + " a,b.ppm"), red_picture(i));
  const fs::path list = folder.path() / "faces.csv";
  const auto open = [&](const std::string& text, const char* name = "faces.csv") {
    write_bytes(folder.path() / name, text);
    return open_images((folder.path() / name).string());
  };
  const AnyImageSource table = open(
      "age,file,\"who \"\"is\"\" it\"\r\n7,\"x/2 a,b.ppm\",Ann\r\n\r\n10,\"x/1 a,b.ppm\",\"B, C\"\r\n3,gone.ppm,D\r\n");
  CHECK(all_names(table) == Texts{"x/2 a,b.ppm", "x/1 a,b.ppm"});
  CHECK(red(table, 0) == 2);
  CHECK(contains(table.contents(), "2 images of the list 'faces.csv' (PNM 2), 1 more are listed but not there"));
  REQUIRE(table.labels().columns.size() == 2);
  CHECK(table.labels().columns[0] == LabelColumn{"age", {"7", "10"}});
  CHECK(table.labels().columns[1] == LabelColumn{"who \"is\" it", {"Ann", "B, C"}});
  CHECK(classes_of(table.labels(), 1) == Texts{"Ann", "B, C"});

  const AnyImageSource plain =
      open("\xef\xbb\xbf\"x/3 a,b.ppm\";5\n", "plain.csv");  // no header, semicolons, Excel's mark
  CHECK(all_names(plain) == Texts{"x/3 a,b.ppm"});
  CHECK(plain.labels().columns[0].name == "column_2");
  CHECK(all_names(open("x/3 a,b.ppm\tright\n", "tabs.tsv")) == Texts{"x/3 a,b.ppm"});
  const std::string absolute = (folder.path() / "x/1 a,b.ppm").string();
  CHECK(all_names(open("\xef\xbb\xbfx/3 a,b.ppm \r\n\n  " + absolute + "\n", "lines.txt")) ==
        Texts{"x/3 a,b.ppm", absolute});

  const AnyImageSource lines = open(
      "file,note,age\n\"x/1 a,b.ppm\",5\" tall,1\n\"x/2 a,b.ppm\",\"two\n\"\"lines\"\"\", 2\n\"x/3 a,b.ppm\",one,3\n",
      "notes.csv");
  CHECK(classes_of(lines.labels(), 0) == Texts{"5\" tall", "two\n\"lines\"", "one"});
  const AnyImageSource twice = open("\"x/1 a,b.ppm\";a\n\"x/1 a,b.ppm\";b\n", "twice.csv");
  CHECK(classes_of(twice.labels(), 0) == Texts{"a", "b"});

  const auto error = [&](const std::string& text, const char* name = "faces.csv") {
    write_bytes(folder.path() / name, text);
    return open_error((folder.path() / name).string());
  };
  const AnyImageSource vinyl = open("\"x/1 a,b.ppm\",\"5\" vinyl\n\"x/2 a,b.ppm\",\"5\" \"single\" \n", "vinyl.csv");
  CHECK(classes_of(vinyl.labels(), 0) == Texts{"5 vinyl", "5 \"single\""});  // as Python's csv
  const AnyImageSource several =
      open("title,file\na.png,\"x/1 a,b.ppm\"\nb.png,\"x\\2 a,b.ppm\"\n", "two.csv");  // one of which Windows wrote
  CHECK(all_names(several) == Texts{"x/1 a,b.ppm", "x/2 a,b.ppm"});
  CHECK(contains(several.contents(), "the list 'two.csv', column 'file'"));
  // An image that is missing in the first row makes no other column that of the images.
  CHECK(all_names(open("file,mask\ngone.ppm,\"x/1 a,b.ppm\"\n\"x/2 a,b.ppm\",\"x/3 a,b.ppm\"\n", "masks.csv")) ==
        Texts{"x/2 a,b.ppm"});
  CHECK(open("\"Bild\nDatei\";\"Art\"\n\"x/1 a,b.ppm\";7\n", "break.csv").labels().columns[0].name == "Art");
  CHECK(contains(message_of<Error>([&] { open(" \"x/1 a,b.ppm\",1\n", "blank.csv"); }), "names no image"));
  CHECK(contains(error("file,age\nx/1 a.ppm,3\n"), "none of the 1 images"));
  CHECK(contains(error("file,age\n\"x/1 a,b.ppm\",3\n\"x/2 a,b.ppm\",3,4\n"), "line 3: expected 2 columns, found 3"));
  CHECK(contains(error("file,age\n\"x/1 a,b.ppm\",\"3\n3\"\n\"x/2 a,b.ppm\",3,4\n"), "line 4: expected 2 columns"));
  CHECK(contains(error("file,age\n\"x/1 a,b.ppm\",\"3\n"), "line 2: a quote opens and is never closed"));
  CHECK(contains(error("a,b\nc,d\n"), "line 2: no column holds the name of an image"));
  CHECK(contains(error("", "empty.txt"), "names no image"));
}

TEST_CASE("What a list names and nobody reads is counted, in its first line too", "[data]") {
  const TemporaryFolder folder;
  for (const char* name : {"a.heic", "b.heic", "c"}) write_bytes(folder.path() / name, "somebody's");
  for (const char* name : {"1.ppm", "2.ppm"}) write_bytes(folder.path() / name, red_picture(1));
  write_bytes(folder.path() / "list.csv", "a.heic,x\n1.ppm,x\nb.heic,y\n2.ppm,y\nc,y\n3.ppm,y\n");
  const ImageFolder images = open_image_list(folder.path() / "list.csv");
  CHECK(all_names(images) == Texts{"1.ppm", "2.ppm"});
  CHECK(images.found().missing == 1);
  CHECK((images.found().left_out == std::map<std::string, std::int64_t>{{".heic", 2}, {"", 1}}));
  CHECK(images.labels().columns.front().name == "column_2");
  write_bytes(folder.path() / "none.csv", "image,label\n 4.ppm,x\n");
  CHECK(contains(message_of<Error>([&] { open_image_list(folder.path() / "none.csv"); }), "reads ' 4.ppm'"));
}

TEST_CASE("Conditions on labels choose images, and a misspelt one is told", "[data]") {
  const Labels labels =
      labels_from_text({"Smiling", "Hat"}, {{"1", "no"}, {"-1", "no"}, {"1", "yes"}, {}, {"1", "no"}});
  CHECK(images_where(labels, "Smiling=1") == std::vector<std::int64_t>{0, 2, 4});
  CHECK(images_where(labels, "Smiling=1, Hat=no") == std::vector<std::int64_t>{0, 4});
  CHECK(images_where(labels, "Smiling=1,Hat=no") == std::vector<std::int64_t>{0, 4});
  CHECK(images_where(labels, "Smiling=-1,Hat=yes").empty());
  const auto error = [&](const char* conditions) {
    return message_of<OptionError>([&] { images_where(labels, conditions); });
  };
  CHECK(contains(error("Smilling=1"), "did you mean 'Smiling'"));
  CHECK(contains(error("Age=1"), "there are Smiling, Hat"));
  CHECK(contains(error("Smiling=2"), "no image has Smiling ="));
  CHECK(contains(error("Smiling"), "not of the form NAME=VALUE"));
  CHECK(contains(error("Hat,Smiling=1"), "'Hat' is not of the form NAME=VALUE"));
  const Labels cities = labels_from_text({"city", "Hat"}, {{"Paris, Texas", "no"}, {"Paris", "no"}, {"a,,b", "no"}});
  CHECK(images_where(cities, "city=Paris, Texas,Hat=no") == std::vector<std::int64_t>{0});
  CHECK(images_where(cities, "Hat=no,city=a,,b,") == std::vector<std::int64_t>{2});
  CHECK(contains(message_of<OptionError>([] { images_where({}, "a=b"); }), "have no labels; labels come from"));
}

TEST_CASE("Sources are joined, with their labels if those are alike", "[data]") {
  const TemporaryFolder folder;
  for (const char* name : {"a/x/1.ppm", "a/y/2.ppm", "b/y/3.ppm", "b/z/4.ppm"})
    write_bytes(folder.path() / name, red_picture(name[4] - '0'));
  write_bytes(folder.path() / "c.zip", zip({{"5.ppm", red_picture(5)}}));
  const std::string a = (folder.path() / "a").string(), b = (folder.path() / "b").string(),
                    c = (folder.path() / "c.zip").string();
  const AnyImageSource two = open_images(a + ":" + b);
  CHECK(all_names(two) == Texts{a + "/x/1.ppm", a + "/y/2.ppm", b + "/y/3.ppm", b + "/z/4.ppm"});
  for (std::int64_t i = 0; i < 4; ++i) CHECK(red(two, i) == i + 1);
  CHECK(classes_of(two.labels(), 0) == Texts{"x", "y", "y", "z"});
  CHECK(all_names(open_images(a + ":" + b, {.where = "folder=y"})) == Texts{a + "/y/2.ppm", b + "/y/3.ppm"});
  CHECK(two.contents().starts_with("4 images of 2 sources; '" + a + "': 2 images (PNM 2); '"));
  for (const std::string& joined : {a + ":" + c, c + ":" + a})  // c has none
    CHECK(contains(open_error(joined, {.where = "folder=y"}), "have different labels"));
  CHECK(red(open_images(a + ":" + c), 2) == 5);
  CHECK(open_images(a + ":" + b).fingerprint() != open_images(b + ":" + a).fingerprint());
  fs::rename(folder.path() / "b", folder.path() / "b:c");  // a path with a colon is one path
  CHECK(open_images((folder.path() / "b:c").string()).size() == 2);
  CHECK(contains(open_error(a + ":" + b), "no such folder: '" + b + "'"));
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

namespace {

/// Images of several sizes, one of which cannot be read, with labels.
struct Pile {
  std::int64_t count = 300;
  std::int64_t bad = 7;

  std::int64_t size() const { return count; }
  Tensor image(std::int64_t index) const {
    if (index == bad) throw ImageError("it is torn");
    return pattern(20 + index % 5, 24).add(index).to(at::kByte);
  }
  std::string name(std::int64_t index) const { return "face " + std::to_string(index); }
  Labels labels() const {
    std::vector<std::vector<std::string>> rows;
    for (std::int64_t i = 0; i < count; ++i) rows.push_back({i % 3 == 0 ? "yes" : "no"});
    return labels_from_text({"third"}, rows);
  }
};

}  // namespace

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

TEST_CASE("Batches carry the labels of the images in them, also of one that takes a bad one's place", "[data]") {
  const Pile pile{.count = 12, .bad = 4};
  const Labels labels = pile.labels();
  for (const std::int64_t workers : {0, 3}) {
    Loader loader(pile, {.batch_size = 12, .image_size = 8, .flip = false, .labels = true, .workers = workers});
    const Batch batch = loader.next();
    REQUIRE(batch.labels.sizes() == at::IntArrayRef({12, 1}));
    for (std::int64_t i = 0; i < 12; ++i) {
      std::int64_t index = 0;
      while (index == pile.bad || !at::equal(batch.images[i], resize(center_crop_square(pile.image(index)), 8)))
        ++index;
      CHECK(batch.labels[i].equal(labels.values[index]));
    }
  }
  CHECK_FALSE(Loader(pile, {.batch_size = 4, .image_size = 8}).next().labels.defined());
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
