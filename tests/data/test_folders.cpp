// Folders of images, CelebA and FFHQ.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "cspgan/data/celeba.hpp"
#include "cspgan/data/ffhq.hpp"
#include "cspgan/data/image_folder.hpp"
#include "cspgan/data/image_sets.hpp"
#include "cspgan/data/image_source.hpp"
#include "cspgan/data/open_images.hpp"
#include "pictures.hpp"
#include "support/catch.hpp"
#include "support/shared_data.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using namespace cspgan_test;
namespace fs = std::filesystem;

namespace {

void write_picture(const fs::path& path, int red) { write_bytes(path, plain_pnm(3, 3, {red, 0, 0})); }

int red_of(const Tensor& image) { return image[0][0][0].item<int>(); }

template <class Source>
std::vector<std::string> names_of(const Source& source) {
  std::vector<std::string> names;
  for (std::int64_t i = 0; i < source.size(); ++i) names.push_back(source.name(i));
  return names;
}

/// Four images; the partition list has CRLF line ends and a fifth that is not there.
void write_celeba(const fs::path& folder) {
  for (int i = 1; i <= 4; ++i) write_picture(folder / "img_align_celeba" / ("00000" + std::to_string(i) + ".jpg"), i);
  write_bytes(folder / "list_eval_partition.txt",
              "000001.jpg 0\r\n000002.jpg 0\r\n000003.jpg 1\r\n000004.jpg 2\r\n000005.jpg 0\r\n");
  write_bytes(folder / "list_attr_celeba.txt",
              "4\r\nBald Smiling Young \r\n000001.jpg -1  1  1\r\n000002.jpg  1 -1 -1\r\n000004.jpg  1  1  1\r\n");
}

/// The superuser may read anything: for a while, this process is nobody.
struct Unprivileged {
  const bool was_superuser = ::geteuid() == 0;
  Unprivileged() {
    if (was_superuser) REQUIRE(::seteuid(65534) == 0);
  }
  ~Unprivileged() {
    if (was_superuser && ::seteuid(0) != 0) std::abort();
  }
};

std::string folder_error(const fs::path& path) {
  return message_of<Error>([&] { ImageFolder{path}; });
}
std::string celeba_error(const fs::path& path, Partition partition = Partition::train) {
  return message_of<Error>([&] { CelebA(path, partition); });
}

static_assert(ImageSource<ImageFolder> && ImageSource<CelebA> && ImageSource<FFHQ> && ImageSource<AnyImageSource>);

}  // namespace

TEST_CASE("A folder's images are found in all subfolders and sorted by path", "[data]") {
  const TemporaryFolder folder;
  write_picture(folder.path() / "b.ppm", 2);
  write_picture(folder.path() / "a" / "z.PPM", 1);
  write_picture(folder.path() / "c" / "deep" / "a.ppm", 3);
  write_picture(folder.path() / ".hidden" / "x.ppm", 9);
  write_picture(folder.path() / "._b.ppm", 9);
  write_bytes(folder.path() / "notes.txt", "no picture");
  const ImageFolder images(folder.path());
  CHECK(names_of(images) == std::vector<std::string>{"a/z.PPM", "b.ppm", "c/deep/a.ppm"});
  for (std::int64_t i = 0; i < 3; ++i) CHECK(red_of(images.image(i)) == i + 1);
  CHECK_THROWS_AS(images.image(3), Error);
}

TEST_CASE("Links to folders are followed once", "[data]") {
  const TemporaryFolder folder, elsewhere;
  write_picture(elsewhere.path() / "one.ppm", 1);
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "link");
  fs::create_directory_symlink(folder.path(), folder.path() / "loop");
  fs::create_symlink(folder.path() / "gone.ppm", folder.path() / "dangling.ppm");
  CHECK(names_of(ImageFolder(folder.path())) == std::vector<std::string>{"link/one.ppm"});
  const TemporaryFolder set;  // a folder's own path counts, wherever a link to it stands and however it is called
  write_picture(set.path() / "z" / "1.ppm", 1);
  write_picture(set.path() / "a" / "2.ppm", 2);
  fs::create_directory_symlink("../z", set.path() / "a" / "more");
  fs::create_directory_symlink("z", set.path() / "b");
  CHECK(names_of(ImageFolder(set.path())) == std::vector<std::string>{"a/2.ppm", "z/1.ppm"});
  CHECK(contains(ImageFolder(set.path()).contents(), "2 links to folders that are read under other paths"));
  write_picture(set.path() / "#recycle" / "3.ppm", 2);  // of a NAS
  CHECK(ImageFolder(set.path()).size() == 2);
}

TEST_CASE("A folder that cannot serve is named with what is wrong with it", "[data]") {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  CHECK(contains(folder_error(folder.path() / "nowhere"), "no such folder: '" + path + "/nowhere'"));
  CHECK(contains(folder_error(folder.path()), "'" + path + "' holds nothing"));
  write_bytes(folder.path() / "notes.txt", "no picture");
  CHECK(contains(folder_error(folder.path()), "'" + path + "' holds 0 images; left out: 1 file"));
  CHECK(contains(folder_error(folder.path()), "1 file in formats that are not read (.txt 1)"));
  CHECK(contains(folder_error(folder.path() / "notes.txt"), "is a file, not a folder"));
}

TEST_CASE("What is left out of a folder is counted and named, and a folder that cannot be entered stops nothing",
          "[data]") {
  const TemporaryFolder folder;
  fs::permissions(folder.path(), fs::perms::all);
  for (int i = 0; i < 3; ++i) write_picture(folder.path() / "a" / (std::to_string(i) + ".ppm"), i);
  write_picture(folder.path() / "a" / "d.JPG", 1);
  for (const char* name : {"a.heic", "b.HEIC", "c.tif", "LICENSE", ".hidden"}) write_bytes(folder.path() / name, "x");
  write_picture(folder.path() / "@eaDir" / "thumbnail.ppm", 9);
  write_picture(folder.path() / "runs" / "faces" / "samples" / "step-00000000.ppm", 9);
  write_bytes(folder.path() / "runs" / "faces" / "run.json", "{}");
  write_picture(folder.path() / "locked" / "x.ppm", 9);
  fs::permissions(folder.path() / "locked", fs::perms::none);
  fs::create_directory_symlink(folder.path() / "runs/faces/samples", folder.path() / "a" / "link");
  fs::create_symlink(folder.path() / "gone.png", folder.path() / "dead.png");
  REQUIRE(::mkfifo((folder.path() / "pipe.png").c_str(), 0600) == 0);
  {
    const Unprivileged nobody;
    const ImageFolder images(folder.path());
    CHECK(names_of(images) == std::vector<std::string>{"a/0.ppm", "a/1.ppm", "a/2.ppm", "a/d.JPG"});
    const std::string left_out =
        "; left out: 4 files in formats that are not read (.heic 2, no extension 1, .tif 1), 1 folder that cannot be "
        "read "
        "('locked': Permission denied), 1 link that leads nowhere, 1 pipe, socket or device, 2 folders "
        "of runs ('a/link', 'runs/faces')";
    CHECK(images.contents() == "4 images (PNM 3, JPEG 1)" + left_out);
    CHECK(AnyImageSource(images).contents() == images.contents());
    CHECK(images.with_names({"a/d.JPG"}, "the best", 2)
              .contents()
              .starts_with("1 image of the best (JPEG 1), 2 more are listed but not there; left out: 4 files"));
    CHECK(contains(images.with_names({"a/d.JPG"}, "").contents(), "3 images of no or another partition, 1 link"));
    CHECK(contains(folder_error(folder.path() / "locked"), "Permission denied"));
  }
  fs::permissions(folder.path() / "locked", fs::perms::owner_all);
  CHECK(ImageFolder(folder.path() / "runs/faces").size() == 1);  // if somebody asks for it
}

TEST_CASE("Of many formats and folders five are named", "[data]") {
  FolderContents contents{.formats = {{"JPEG", 1234567}}};
  for (const char* name : {"a.a", "a.b", "a.c", "a.d", "a.e", "a.f", "b.f"}) contents.add(name);
  contents.runs = {"a\nb", "1", "2", "3", "4", "5"};
  CHECK(contents_text(contents) ==
        "1,234,567 images (JPEG 1,234,567); left out: 7 files in formats that are not read (.f 2, .a 1, .b 1, .c 1, .d "
        "1, "
        "...), 6 folders of runs (a?b, 1, 2, 3, 4, ...)");
}

TEST_CASE("The fingerprint tells sets of images apart and not places", "[data]") {
  const TemporaryFolder first, second;
  for (const auto* folder : {&first, &second}) {
    write_picture(folder->path() / "a.ppm", 1);
    write_picture(folder->path() / "b.ppm", 2);
  }
  const std::string before = AnyImageSource(ImageFolder(first.path())).fingerprint();
  CHECK(before.starts_with("xxh3-sampled:"));
  CHECK(before == AnyImageSource(ImageFolder(second.path())).fingerprint());
  fs::rename(second.path() / "b.ppm", second.path() / "c.ppm");
  CHECK(before != AnyImageSource(ImageFolder(second.path())).fingerprint());
  fs::copy(first.path() / "a.ppm", second.path() / "b.ppm");  // as large as before, and another picture
  fs::remove(second.path() / "c.ppm");
  CHECK(before != AnyImageSource(ImageFolder(second.path())).fingerprint());
  const auto some_of = [](const TemporaryFolder& folder) {
    return AnyImageSource(ImageSubset(ImageFolder(folder.path()), {1}, "one")).fingerprint();
  };
  CHECK(some_of(first) != some_of(second));
  write_bytes(first.path() / "b.ppm", plain_pnm(4, 3, {2, 0, 0}));
  CHECK(before != AnyImageSource(ImageFolder(first.path())).fingerprint());
}

TEST_CASE("CelebA's partitions hold the rows that the list gives them and that are there", "[data]") {
  const TemporaryFolder folder;
  write_celeba(folder.path());
  const CelebA train(folder.path());
  CHECK(names_of(train) == std::vector<std::string>{"000001.jpg", "000002.jpg"});
  CHECK(red_of(train.image(1)) == 2);
  CHECK(train.missing() == 1);
  CHECK(train.contents() ==
        "2 images of CelebA's train partition (JPEG 2), 1 more are listed but not there; left out: 2 "
        "images of no or another partition");
  CHECK(names_of(CelebA(folder.path(), Partition::validation)) == std::vector<std::string>{"000003.jpg"});
  CHECK(names_of(CelebA(folder.path(), Partition::test)) == std::vector<std::string>{"000004.jpg"});
  CHECK(CelebA(folder.path(), Partition::all).size() == 4);
}

TEST_CASE("CelebA's attributes belong to their images", "[data]") {
  const TemporaryFolder folder;
  write_celeba(folder.path());
  const CelebA all(folder.path(), Partition::all);
  CHECK(all.attribute_names() == std::vector<std::string>{"Bald", "Smiling", "Young"});
  CHECK(all.attributes(0) == std::vector<bool>{false, true, true});
  CHECK(all.attribute(1, "Bald"));
  CHECK_FALSE(all.attribute(1, "Young"));
  CHECK(contains(message_of<Error>([&] { all.attributes(2); }), "000003.jpg"));
  CHECK(contains(message_of<Error>([&] { all.attribute(0, "Smilling"); }), "did you mean 'Smiling'"));
}

TEST_CASE("CelebA's images may stand directly in the folder, and the attribute list may be missing", "[data]") {
  const TemporaryFolder folder;
  write_picture(folder.path() / "000001.jpg", 7);
  write_bytes(folder.path() / "list_eval_partition.txt", "000001.jpg 0\n\n");
  const CelebA train(folder.path());
  CHECK(red_of(train.image(0)) == 7);
  CHECK(train.attribute_names().empty());
  CHECK(contains(message_of<Error>([&] { train.attributes(0); }), "list_attr_celeba.txt"));
}

TEST_CASE("A folder that is not CelebA's is told what it must hold", "[data]") {
  const TemporaryFolder folder;
  CHECK(contains(celeba_error(folder.path() / "nowhere"), "no such folder"));
  CHECK(contains(celeba_error(folder.path()), "has no list_eval_partition.txt; CelebA's folder or archive holds"));
  write_bytes(folder.path() / "list_eval_partition.txt", "000001.jpg 0\n");
  CHECK(contains(celeba_error(folder.path()), "none of the 1 images"));
  CHECK(contains(celeba_error(folder.path(), Partition::test), "lists no image of the test partition"));
  write_bytes(folder.path() / "list_eval_partition.txt", "000001.jpg 0\n000002.jpg 7\n");
  CHECK(contains(celeba_error(folder.path()), "line 2"));
  write_celeba(folder.path());
  write_bytes(folder.path() / "list_attr_celeba.txt", "1\nBald Young\n000001.jpg -1\n");
  const CelebA without(folder.path());  // a list that nobody needs stops nothing
  CHECK(without.size() == 2);
  CHECK(contains(message_of<Error>([&] { without.attributes(0); }), "line 3: expected a file's name and 2 values"));
  CHECK(contains(message_of<OptionError>([&] { images_where(without.labels(), "Bald=1"); }), "line 3: expected"));
}

TEST_CASE("The real CelebA subset has 4,400 train and 600 test images and its attributes", "[data]") {
  const auto data = shared_data();
  if (!data) {
    WARN("no ../shared/data/celeba here: skipped");
    return;
  }
  const CelebA train(*data / "celeba");
  CHECK(train.size() == 4400);
  CHECK(train.missing() == 0);
  CHECK(CelebA(*data / "celeba", Partition::test).size() == 600);
  CHECK(train.attribute_names().size() == 40);
  CHECK(train.name(0) == "000036.jpg");
  CHECK(train.attribute(0, "Black_Hair"));
  CHECK(train.attribute(0, "Male"));
  CHECK_FALSE(train.attribute(0, "Smiling"));
  CHECK(train.image(0).sizes() == at::IntArrayRef({3, 218, 178}));
}

TEST_CASE("FFHQ's partitions go by number, and its root serves the size asked for", "[data]") {
  const TemporaryFolder folder;
  write_picture(folder.path() / "thumbnails128x128" / "00000" / "00001.png", 1);
  write_picture(folder.path() / "thumbnails128x128" / "60000" / "60001.png", 2);
  write_picture(folder.path() / "images1024x1024" / "00000" / "00001.png", 3);
  write_picture(folder.path() / "images1024x1024" / "60000" / "60001.png", 4);
  CHECK(FFHQ(folder.path()).size() == 2);
  CHECK(red_of(FFHQ(folder.path(), Partition::train).image(0)) == 1);
  CHECK(red_of(FFHQ(folder.path(), Partition::validation).image(0)) == 2);
  CHECK(red_of(FFHQ(folder.path(), Partition::validation, 256).image(0)) == 4);
  CHECK(names_of(FFHQ(folder.path() / "images1024x1024")) ==
        std::vector<std::string>{"00000/00001.png", "60000/60001.png"});
  CHECK_THROWS_AS(FFHQ(folder.path(), Partition::test), OptionError);
  CHECK(contains(message_of<Error>([&] { FFHQ(folder.path() / "thumbnails128x128" / "00000", Partition::validation); }),
                 "none of FFHQ's validation partition"));
}

TEST_CASE(
    "A share of any folder can be held out by the names of its images, and a partition that is not there is refused",
    "[data]") {
  const TemporaryFolder folder;
  for (int i = 0; i < 200; ++i) write_picture(folder.path() / "faces" / (std::to_string(i) + ".ppm"), 1);
  const fs::path faces = folder.path() / "faces";
  const auto open = [&](Partition partition, double holdout) {
    return names_of(open_images(faces.string(), {.partition = partition, .holdout = holdout}));
  };
  const auto train = open(Partition::train, 0.25), held_out = open(Partition::validation, 0.25);
  CHECK(std::abs(static_cast<int>(held_out.size()) - 50) < 25);  // 4 standard deviations
  std::vector<std::string> both = train;
  both.insert(both.end(), held_out.begin(), held_out.end());
  std::ranges::sort(both);
  CHECK(both == open(Partition::all, 0.25));
  CHECK(open(Partition::train, 0) == open(Partition::all, 0));
  for (int i = 200; i < 300; ++i) write_picture(faces / (std::to_string(i) + ".ppm"), 1);  // they move no other
  const auto later = open(Partition::validation, 0.25);
  for (const std::string& name : held_out) CHECK(std::ranges::find(later, name) != later.end());
  CHECK(later.size() > held_out.size());
  CHECK(open_images(faces.string(), {.partition = Partition::validation, .holdout = 0.25})
            .contents()
            .ends_with(" of them, the validation partition"));

  const auto refusal = [&](const fs::path& path, Partition partition, double holdout) {
    return message_of<OptionError>([&] { open_images(path.string(), {.partition = partition, .holdout = holdout}); });
  };
  CHECK(contains(refusal(faces, Partition::validation, 0), "source.holdout"));
  CHECK(contains(refusal(faces, Partition::test, 0.25), "no test partition"));
  CHECK(contains(refusal(faces, Partition::validation, 1e-9), "leaves no image"));
  for (const double holdout : {-0.1, 1.0})
    CHECK(contains(refusal(faces, Partition::all, holdout), "source.holdout must be"));
  write_celeba(folder.path() / "celeba");
  CHECK(open_images((folder.path() / "celeba").string(), {.partition = Partition::train}).size() == 2);
  CHECK(contains(refusal(folder.path() / "celeba", Partition::train, 0.1), "CelebA's"));
}
