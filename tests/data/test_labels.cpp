// Labels: of folders, files, lists and joined sources, conditions on them, and how they reach a batch.
#include <ATen/ops/equal.h>
#include <ATen/ops/tensor.h>

#include "cspgan/data/image_list.hpp"
#include "cspgan/data/loader.hpp"
#include "cspgan/data/open_images.hpp"
#include "cspgan/data/resize.hpp"
#include "pictures.hpp"
#include "sources.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;
using namespace std::string_literals;
namespace fs = std::filesystem;

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
  // Nor does one that is empty or of another format.
  write_bytes(folder.path() / "raw.heic", "somebody's");
  const std::string rest = "\"x/2 a,b.ppm\",\"x/3 a,b.ppm\"\n";
  for (const char* first : {"", "raw.heic", "raw.tif"}) {
    const AnyImageSource first_rows = open("file,mask\n"s + first + ",\"x/1 a,b.ppm\"\n" + rest, "first.csv");
    CHECK(all_names(first_rows) == Texts{"x/2 a,b.ppm"});
    CHECK(contains(first_rows.contents(), "column 'file'"));
    CHECK(classes_of(first_rows.labels(), 0) == Texts{"x/3 a,b.ppm"});
  }
  CHECK(contains(open("file,mask\nraw.heic,\"x/1 a,b.ppm\"\n", "raws.csv").contents(), "column 'mask'"));
  CHECK(open("\"Bild\nDatei\";\"Art\"\n\"x/1 a,b.ppm\";7\n", "break.csv").labels().columns[0].name == "Art");
  CHECK(contains(message_of<Error>([&] { open(" \"x/1 a,b.ppm\",1\n", "blank.csv"); }), "names no image"));
  CHECK(contains(error("file,age\nx/1 a.ppm,3\n"), "none of the 1 images"));
  CHECK(contains(error("file,age\n\"x/1 a,b.ppm\",3\n\"x/2 a,b.ppm\",3,4\n"), "line 3: expected 2 columns, found 3"));
  CHECK(contains(error("file,age\n\"x/1 a,b.ppm\",\"3\n3\"\n\"x/2 a,b.ppm\",3,4\n"), "line 4: expected 2 columns"));
  CHECK(contains(error("file,age\n\"x/1 a,b.ppm\",\"3\n"), "line 2: a quote opens and is never closed"));
  CHECK(contains(error("a,b\nc,d\n"), "line 2: no column holds the name of an image"));
  CHECK(contains(error("", "empty.txt"), "names no image"));
  fs::rename(folder.path() / "x", folder.path() / "x.zip");  // a folder, whatever its name
  write_bytes(folder.path() / "x.zip" / "list.csv", "\"1 a,b.ppm\",3\n");
  CHECK(all_names(open_images((folder.path() / "x.zip" / "list.csv").string())) == Texts{"1 a,b.ppm"});
  fs::rename(folder.path() / "x.zip", folder.path() / "x");
  CHECK(contains(error("x/1 a,b.ppm 3\n", "labeled.txt"), "alone on their lines"));
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
