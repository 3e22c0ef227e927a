// The layouts of folders of a detector's pictures, their parts and their masks.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <set>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/detection/inspection_data.hpp"
#include "cspgan/report/images.hpp"
#include "picture_folders.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;
using cspgan_test::numbered;
using cspgan_test::TemporaryFolder;
using cspgan_test::write_pictures;
using cspgan_test::operator+;

namespace {

InspectionOptions small_pictures() { return {.height = 8, .width = 12}; }

std::set<std::string> names_of(const InspectionPictures& pictures) {
  return {pictures.names.begin(), pictures.names.end()};
}

/// A black mask of the pictures' size, with one white row.
void write_mask(const std::filesystem::path& file, std::int64_t row) {
  std::filesystem::create_directories(file.parent_path());
  Tensor mask = at::zeros({3, 8, 12}, at::kByte);
  mask.select(1, row).fill_(255);
  write_png(file, mask);
}

/// How many pixels the mask of the picture of this name marks.
std::int64_t marked(const InspectionData& data, const std::string& name) {
  const auto place = std::ranges::find(data.test.names, name) - data.test.names.begin();
  return data.test.masks[place].sum().item<std::int64_t>();
}

}  // namespace

TEST_CASE("a folder of good and bad pictures falls into parts by the hashes of their names", "[detection]") {
  const TemporaryFolder folder;
  const auto some = numbered("good", 200) + numbered("bad/leak", 30) + numbered("bad", 10);
  write_pictures(folder.path(), some);
  const InspectionOptions options = small_pictures();
  const InspectionData data = open_inspection(folder.path().string(), options, /*with_known_bad=*/true);
  CHECK(data.classes.empty());
  CHECK(data.training.size() + data.validation.size() + data.test.size() == 240);
  CHECK(std::ranges::none_of(data.training.defects, [](const std::string& defect) { return !defect.empty(); }));
  CHECK(std::abs(data.training.size() - 144) < 25);  // 0.9 * 0.8 of 200
  CHECK(std::abs(std::ranges::count(data.validation.bad(), true) - 20) < 12);
  CHECK(std::ranges::count(data.test.defects, "leak") > 5);
  CHECK(std::ranges::count(data.test.defects, "bad") > 0);
  CHECK_FALSE(data.test.masks.defined());
  for (std::int64_t i = 0; i < data.test.size(); ++i)  // names and pixels belong together
    CHECK(some[data.test.images[i][0][0][0].item<std::uint8_t>()] == data.test.names[static_cast<std::size_t>(i)]);

  // All bad pictures test a threshold that needs none; and new pictures move no other.
  const InspectionData without = open_inspection(folder.path().string(), options, /*with_known_bad=*/false);
  CHECK(std::ranges::count(without.test.bad(), true) == 40);
  write_pictures(folder.path() / "good" / "more", numbered(".", 50));
  const InspectionData more = open_inspection(folder.path().string(), options, /*with_known_bad=*/true);
  CHECK(std::ranges::includes(names_of(more.training), names_of(data.training)));
  CHECK(std::ranges::includes(names_of(more.test), names_of(data.test)));
  CHECK(more.fingerprint != data.fingerprint);
}

TEST_CASE("MVTec AD's layout is recognized, with its masks", "[detection]") {
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path() / "bottle";
  write_pictures(root, numbered("train/good", 20) + numbered("test/good", 5) + numbered("test/hole", 4));
  for (int i = 0; i < 4; ++i) {
    std::filesystem::create_directories(root / "ground_truth/hole");
    Tensor mask = at::zeros({3, 8, 12}, at::kByte);
    mask.narrow(1, 0, i + 1).fill_(255);
    write_png(root / "ground_truth/hole" / (std::to_string(i) + "_mask.png"), mask);
  }
  const InspectionData data = open_inspection(root.string(), small_pictures(), /*with_known_bad=*/false);
  CHECK(data.training.size() + data.validation.size() == 20);
  CHECK(data.test.size() == 9);
  CHECK(std::ranges::count(data.test.defects, "hole") == 4);
  for (std::size_t i = 0; i < 9; ++i) {
    const std::int64_t marked = data.test.masks[static_cast<std::int64_t>(i)].sum().item<std::int64_t>();
    CHECK(marked == (data.test.defects[i].empty() ? 0 : 12 * (data.test.names[i][10] - '0' + 1)));
  }
}

TEST_CASE("masks are found below folders of the same path, in folders around all, and may have ones for white",
          "[detection]") {
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path() / "sets" / "bottle";
  write_pictures(root, numbered("train/good", 5) + numbered("test/crack/left", 2) + numbered("test/hole/left", 2));
  for (const std::string defect : {"crack", "hole"})
    for (int i = 0; i < 2; ++i) {
      std::filesystem::create_directories(root / "ground_truth" / defect / "left");
      Tensor mask = at::zeros({3, 8, 12}, at::kByte);
      mask.narrow(1, 0, defect == "crack" ? 1 : 3).fill_(1);
      write_png(root / "ground_truth" / defect / "left" / (std::to_string(i) + ".png"), mask);
    }
  const InspectionData data = open_inspection(folder.path().string(), small_pictures(), /*with_known_bad=*/false);
  REQUIRE(data.test.size() == 4);
  for (std::size_t i = 0; i < 4; ++i)
    CHECK(data.test.masks[static_cast<std::int64_t>(i)].sum().item<std::int64_t>() ==
          (data.test.defects[i] == "crack" ? 12 : 36));

  const std::filesystem::path moved = root / "ground_truth" / "masks";  // elsewhere than the pictures
  std::filesystem::create_directories(moved);
  std::filesystem::remove_all(root / "ground_truth" / "hole");
  std::filesystem::rename(root / "ground_truth" / "crack", moved / "crack");
  std::filesystem::remove_all(root / "test" / "hole");
  const InspectionData last = open_inspection(folder.path().string(), small_pictures(), /*with_known_bad=*/false);
  CHECK(last.test.masks.sum().item<std::int64_t>() == 2 * 12);
}

TEST_CASE("no marked pixel of a mask gets lost, and a mask that cannot be read is named", "[detection]") {
  const TemporaryFolder folder;
  write_pictures(folder.path(), numbered("train/good", 5) + numbered("test/scratch", 2), 64, 96);
  std::filesystem::create_directories(folder.path() / "ground_truth/scratch");
  Tensor mask = at::zeros({3, 64, 96}, at::kByte);
  mask.select(1, 20).fill_(255);  // thinner than a pixel of 8 x 12
  write_png(folder.path() / "ground_truth/scratch/0_mask.png", mask);
  write_file_atomically(folder.path() / "ground_truth/scratch/1_mask.png", "no picture");
  const InspectionData data = open_inspection(folder.path().string(), small_pictures(), false);
  REQUIRE(data.test.size() == 2);
  CHECK(data.test.masks[0].sum().item<std::int64_t>() == 12);
  CHECK(data.test.masks[1].sum().item<std::int64_t>() == 0);
  REQUIRE(data.problems.size() == 1);
  CHECK(contains(data.problems[0], "the mask 'ground_truth/scratch/1_mask.png' cannot be read"));
}

TEST_CASE("folders below good/ are classes, which bad pictures have, too", "[detection]") {
  const TemporaryFolder folder;
  write_pictures(folder.path(), numbered("good/cup", 60) + numbered("good/lid", 60) + numbered("bad/lid/chip", 6) +
                                    numbered("bad/cup", 6));
  const InspectionData data = open_inspection(folder.path().string(), small_pictures(), false);
  CHECK((data.classes == std::vector<std::string>{"cup", "lid"}));
  for (const InspectionPictures* part : {&data.training, &data.validation, &data.test})
    for (std::int64_t i = 0; i < part->size(); ++i)
      CHECK(contains(part->names[static_cast<std::size_t>(i)],
                     data.classes[static_cast<std::size_t>(part->classes[i].item<std::int64_t>())]));
  CHECK(std::ranges::count(data.test.defects, "chip") == 6);
  InspectionBatches batches(data.training, 4, 1);
  const Batch batch = batches.next();
  CHECK(batch.labels.sizes() == at::IntArrayRef({4, 1}));
  InspectionOptions plain = small_pictures();
  plain.classes = false;
  CHECK(open_inspection(folder.path().string(), plain, false).classes.empty());
  write_pictures(folder.path(), numbered("bad/plate", 1));
  CHECK(contains(message_of<OptionError>([&] { open_inspection(folder.path().string(), small_pictures(), false); }),
                 "'bad/plate/0.png' is 'plate'"));
}

TEST_CASE("pictures keep the proportions of the first good one if no size is asked for", "[detection]") {
  const TemporaryFolder folder;
  write_pictures(folder.path(), numbered("good", 5), 100, 250);
  write_pictures(folder.path(), numbered("bad", 2), 300, 30);
  const InspectionOptions sized = with_picture_size({}, folder.path().string());
  CHECK(sized.height == 26);
  CHECK(sized.width == 64);
  CHECK(with_picture_size({}, "wells").height == 48);
  CHECK(with_picture_size({.height = 10, .width = 20}, "wells").width == 20);
  CHECK(contains(message_of<OptionError>([] { with_picture_size({.height = 10}, "wells"); }), "pictures.width"));
  const TemporaryFolder small;
  write_pictures(small.path(), numbered("good", 5), 20, 10);
  CHECK(with_picture_size({}, small.path().string()).height == 20);
}

TEST_CASE("folders that cannot be used are refused, and files that cannot be read are named", "[detection]") {
  const auto refusal = [](const std::vector<std::string>& names, bool with_known_bad, InspectionOptions options) {
    const TemporaryFolder folder;
    write_pictures(folder.path(), names);
    return message_of<OptionError>([&] {
      const InspectionData data = open_inspection(folder.path().string(), options, with_known_bad);
      require_pictures_for_training(data, folder.path().string(), with_known_bad);
    });
  };
  const InspectionOptions options = small_pictures();
  CHECK(contains(refusal(numbered("good", 1), false, options), "too few good pictures to train on") !=
        contains(refusal(numbered("good", 1), false, options), "no good picture to choose the threshold"));
  CHECK(contains(refusal(numbered("bad", 3), false, options), "has neither good/ nor train/good/"));
  CHECK(contains(refusal(numbered("pictures", 3), false, options), "put those of good things into good/"));
  CHECK(contains(refusal(numbered("good", 50), true, options), "no bad picture to choose the threshold"));
  InspectionOptions none = options;
  none.validation_share = 0;
  CHECK(contains(refusal(numbered("good", 50), false, none), "no good picture to choose the threshold"));
  InspectionOptions wrong = options;
  wrong.test_share = 1;
  CHECK(contains(refusal(numbered("good", 5), false, wrong), "test_share must be in [0, 1), not 1"));

  const TemporaryFolder folder;
  write_pictures(folder.path(), numbered("good", 60));
  write_file_atomically(folder.path() / "good" / "broken.png", "no picture");
  const InspectionData data = open_inspection(folder.path().string(), options, false);
  REQUIRE(data.problems.size() == 1);
  CHECK(contains(data.problems[0], "'good/broken.png' is left out"));
  CHECK(data.training.size() + data.validation.size() + data.test.size() == 60);
  CHECK(is_inspection_layout(folder.path().string()));
  CHECK_FALSE(is_inspection_layout((folder.path() / "good").string()));
}

TEST_CASE("MVTec LOCO's and 3D-AD's layouts are known: validation/, several masks a picture, rgb/ and gt/",
          "[detection]") {
  const TemporaryFolder folder;
  const std::filesystem::path loco = folder.path() / "loco";
  write_pictures(loco, numbered("train/good", 20) + numbered("validation/good", 4) + numbered("test/good", 3) +
                           numbered("test/logical", 2));
  write_mask(loco / "ground_truth/logical/0/000.png", 1);
  write_mask(loco / "ground_truth/logical/0/001.png", 4);
  write_mask(loco / "ground_truth/logical/1/000.png", 2);
  const InspectionData several = open_inspection(loco.string(), small_pictures(), /*with_known_bad=*/false);
  CHECK(several.training.size() == 20);
  CHECK(several.validation.size() == 4);
  CHECK(several.test.size() == 5);
  CHECK(marked(several, "test/logical/0.png") == 24);
  CHECK(marked(several, "test/logical/1.png") == 12);
  CHECK(several.problems.empty());

  const std::filesystem::path deep = folder.path() / "deep";
  write_pictures(deep, numbered("train/good/rgb", 20) + numbered("test/good/rgb", 3) + numbered("test/hole/rgb", 2));
  write_pictures(deep, {"test/good/gt/0.png", "test/good/gt/1.png", "test/good/gt/2.png"});
  for (int i = 0; i < 2; ++i) write_mask(deep / "test/hole/gt" / (std::to_string(i) + ".png"), i);
  const InspectionData depth = open_inspection(deep.string(), small_pictures(), /*with_known_bad=*/false);
  CHECK(depth.test.size() == 5);
  CHECK(std::ranges::count(depth.test.defects, "hole") == 2);
  CHECK(marked(depth, "test/hole/rgb/1.png") == 12);
  CHECK(depth.problems.empty());
}

TEST_CASE("masks are no pictures of MVTec AD 2's test_public/ and of plain folders, and one that is empty is said",
          "[detection]") {
  const TemporaryFolder folder;
  for (const std::string test : {"test_public", "test"}) {
    const std::filesystem::path root = folder.path() / test;
    write_pictures(root, numbered("train/good", 20) + numbered("validation/good", 4) + numbered(test + "/good", 3) +
                             numbered(test + "/bad", 2));
    write_mask(root / test / "ground_truth/bad/0_mask.png", 1);
    write_mask(root / test / "ground_truth/bad/1_mask.png", 4);
    const InspectionData data = open_inspection(root.string(), small_pictures(), /*with_known_bad=*/false);
    CHECK(data.test.size() == 5);
    CHECK(marked(data, test + "/bad/1.png") == 12);
    CHECK(data.problems.empty());
  }
  const std::filesystem::path plain = folder.path() / "plain";
  write_pictures(plain, numbered("good", 60) + numbered("bad/scratch", 2));
  write_mask(plain / "bad/scratch/Mask/0.png", 3);
  write_pictures(plain, {"bad/scratch/Mask/1.png"});  // black
  const InspectionData data = open_inspection(plain.string(), small_pictures(), /*with_known_bad=*/false);
  CHECK(std::ranges::count(data.test.defects, "scratch") == 2);
  CHECK(marked(data, "bad/scratch/0.png") == 12);
  REQUIRE(data.problems.size() == 1);
  CHECK(contains(data.problems[0], "'bad/scratch/Mask/1.png' marks nothing"));
}

TEST_CASE("a folder called masks has masks if there are pictures of the same names, and pictures if not",
          "[detection]") {
  const TemporaryFolder folder;
  const auto open = [&](const char* name, const std::vector<std::string>& pictures) {
    write_pictures(folder.path() / name, pictures);
    return open_inspection((folder.path() / name).string(), small_pictures(), /*with_known_bad=*/false);
  };
  const auto bad = [](const InspectionData& data) {
    return std::ranges::count_if(data.test.defects, [](const std::string& defect) { return !defect.empty(); });
  };
  CHECK(bad(open("a", numbered("good", 60) + numbered("bad", 3) + numbered("bad/masks", 3))) == 3);
  CHECK(bad(open("b", numbered("good", 60) + numbered("bad/images", 3) + numbered("bad/masks", 3))) == 3);
  CHECK(bad(open("c", numbered("train/good", 60) + numbered("test/images", 3) + numbered("test/masks", 3))) == 3);
  CHECK(bad(open("d", numbered("train/good", 60) + numbered("test/hole", 3) + numbered("test/mask/a", 3))) == 6);
  const InspectionData things = open("e", numbered("good/mask/day1", 30) + numbered("good/glove/day1", 30) +
                                              numbered("bad/mask/day1", 3) + numbered("bad/glove/day1", 3));
  CHECK(things.classes == std::vector<std::string>{"glove", "mask"});
  CHECK(bad(things) == 6);
  CHECK(things.problems.empty());
}

TEST_CASE("masks that belong to no picture, or to one of several, are said and not used", "[detection]") {
  const TemporaryFolder folder;
  write_pictures(folder.path(),
                 numbered("train/good", 5) + numbered("test/hole/left", 2) + numbered("test/crack/left", 1));
  write_mask(folder.path() / "ground_truth/hole_drawn/left/0.png", 1);  // the picture's folder may be hole or crack
  write_mask(folder.path() / "ground_truth/hole_drawn/left/1.png", 2);
  write_mask(folder.path() / "ground_truth/hole_drawn/left/7.png", 2);
  const InspectionData data = open_inspection(folder.path().string(), small_pictures(), /*with_known_bad=*/false);
  CHECK(marked(data, "test/hole/left/0.png") == 0);
  CHECK(marked(data, "test/crack/left/0.png") == 0);
  CHECK(marked(data, "test/hole/left/1.png") == 12);
  REQUIRE(data.problems.size() == 1);
  CHECK(contains(data.problems[0], "2 mask(s) of"));
  CHECK(contains(data.problems[0], "the first is 'ground_truth/hole_drawn/left/0.png'"));
}

TEST_CASE("folders around all are looked through, also if they are called good or train", "[detection]") {
  const TemporaryFolder folder;
  write_pictures(folder.path() / "a", numbered("good/good", 30) + numbered("good/bad", 3));
  const InspectionData named_good = open_inspection((folder.path() / "a").string(), small_pictures(), false);
  CHECK(std::ranges::count(named_good.test.defects, "bad") == 3);
  CHECK(named_good.classes.empty());
  write_pictures(folder.path() / "b", numbered("x/train/good", 60));  // a published layout without a test/
  const InspectionData training = open_inspection((folder.path() / "b").string(), small_pictures(), false);
  CHECK(training.test.size() == 0);
  write_pictures(folder.path() / "c", numbered("train/good", 60) + numbered("train/bad", 3));  // a plain one in train/
  CHECK(std::ranges::count(open_inspection((folder.path() / "c").string(), small_pictures(), false).test.defects,
                           "bad") == 3);
}
