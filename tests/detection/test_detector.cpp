// A detector's scores and heat maps against sums by hand.
#include "tutorial/detection.inc"  // tutorial_1(): the block of docs/detection.md

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <iostream>
#include <set>
#include <sstream>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/data/image_file.hpp"
#include "cspgan/detection/autoencoders.hpp"
#include "cspgan/detection/detector_evaluation.hpp"
#include "cspgan/detection/detector_recipe.hpp"
#include "cspgan/detection/reconstruction_detector.hpp"
#include "cspgan/models/checkpoint.hpp"
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

/// Draws every picture as middle gray, so that each error is known.
class Gray : public ReconstructionModel {
 public:
  explicit Gray(std::int64_t height, std::int64_t width) : shape_{.height = height, .width = width} {
    register_parameter("unused", at::zeros({1}));
  }
  const PictureShape& shape() const override { return shape_; }
  Value describe() const override { return Value::Object{{"name", "gray"}}; }
  Tensor reconstruct(const Tensor& pictures, const Tensor&) override { return at::zeros_like(pictures); }
  std::int64_t latent_size() const override { return 1; }
  Tensor decode(const Tensor& latents, const Tensor&) override {
    return at::zeros({latents.size(0), 3, shape_.height, shape_.width});
  }

 private:
  PictureShape shape_;
};

ReconstructionDetector gray_detector(ScoreOptions score, std::int64_t height = 6, std::int64_t width = 5) {
  return ReconstructionDetector(AnyReconstructionModel(std::make_shared<Gray>(height, width)), score);
}

Tensor noise(std::int64_t count, std::int64_t height, std::int64_t width, std::uint64_t seed = 1) {
  TensorRandom random(seed, at::kCPU);
  return random.integers({count, 3, height, width}, 0, 256).to(at::kByte);
}

}  // namespace

TEST_CASE("a score is the mean squared error of values in [0, 1], or that of the worst square", "[detection]") {
  const Tensor pictures = noise(3, 6, 5);
  const Inspection mean = gray_detector({.kind = ScoreKind::mse, .patch = 3}).inspect(pictures);
  const Inspection worst = gray_detector({.kind = ScoreKind::worst_patch, .patch = 3}).inspect(pictures);
  for (std::int64_t n = 0; n < 3; ++n) {
    double sum = 0, largest = 0;
    std::array<std::array<double, 5>, 6> error{};
    for (std::int64_t y = 0; y < 6; ++y)
      for (std::int64_t x = 0; x < 5; ++x) {
        for (std::int64_t c = 0; c < 3; ++c)
          error[y][x] += std::pow(pictures[n][c][y][x].item<int>() / 255.0 - 0.5, 2) / 3;
        sum += error[y][x];
      }
    for (std::int64_t y = 0; y < 6; ++y)
      for (std::int64_t x = 0; x < 5; ++x) {
        double patch = 0;
        for (std::int64_t dy = -1; dy <= 1; ++dy)
          for (std::int64_t dx = -1; dx <= 1; ++dx)
            patch += error[std::clamp<std::int64_t>(y + dy, 0, 5)][std::clamp<std::int64_t>(x + dx, 0, 4)] / 9;
        largest = std::max(largest, patch);
        CHECK(std::abs(mean.heat[n][y][x].item<double>() - patch) < 1e-6);
      }
    CHECK(std::abs(mean.scores[static_cast<std::size_t>(n)] - sum / 30) < 1e-6);
    CHECK(std::abs(worst.scores[static_cast<std::size_t>(n)] - largest) < 1e-6);
  }
  CHECK(at::equal(mean.reconstructions, at::full({3, 3, 6, 5}, 128, at::kByte)));
  CHECK((gray_detector({.patch = 3}).scores(pictures) == mean.scores));
}

TEST_CASE("relative scores are in units of the error of good pictures", "[detection]") {
  // Half of the places of good pictures are twice as far from gray: squared, four times.
  Tensor good = at::full({2, 3, 4, 4}, 128 + 30, at::kByte);
  good.narrow(3, 2, 2).fill_(128 + 60);
  ReconstructionDetector detector = gray_detector({.kind = ScoreKind::mse, .patch = 1, .relative = true}, 4, 4);
  detector.learn_usual_error({.images = good, .names = {"a", "b"}, .defects = {"", ""}});
  const Inspection usual = detector.inspect(good);
  CHECK(at::allclose(usual.heat, at::ones({2, 4, 4}), 1e-5, 1e-6));
  CHECK(std::abs(usual.scores[0] - 1) < 1e-5);
}

TEST_CASE("the area under the pixels' curve counts pairs of pixels", "[detection]") {
  TensorRandom random(5, at::kCPU);
  const Tensor heat = random.integers({2, 5, 6}, 0, 8).to(at::kFloat);  // with ties
  const Tensor masks = random.bernoulli({2, 5, 6}, 0.3, at::kBool);
  double won = 0, pairs = 0;
  const Tensor values = heat.flatten(), inside = masks.flatten();
  for (std::int64_t i = 0; i < values.numel(); ++i)
    for (std::int64_t j = 0; j < values.numel(); ++j) {
      if (!inside[i].item<bool>() || inside[j].item<bool>()) continue;
      const float bad = values[i].item<float>(), fine = values[j].item<float>();
      won += bad > fine ? 1 : bad == fine ? 0.5 : 0;
      ++pairs;
    }
  CHECK(std::abs(pixel_auc(heat, masks) - won / pairs) < 1e-12);
  CHECK(contains(message_of<Error>([&] { pixel_auc(heat, at::zeros({2, 5, 6}, at::kBool)); }), "inside and outside"));
  CHECK(contains(message_of<Error>([&] { pixel_auc(heat, masks.narrow(0, 0, 1)); }), "[2, 5, 6]"));
}

TEST_CASE("a detector that is saved is loaded with its scores, its threshold and its classes", "[detection]") {
  const TemporaryFolder folder;
  const PictureShape shape{.height = 8, .width = 12, .classes = 2};
  const AnyReconstructionModel model =
      make_reconstruction_model(named_value(DenseAutoencoderOptions{.shape = shape, .widths = {8, 2, 8}}), 3);
  const Tensor pictures = noise(5, 8, 12), classes = at::arange(5, at::kLong).remainder(2);
  const InspectionPictures good{.images = pictures,
                                .classes = classes,
                                .names = {"a", "b", "c", "d", "e"},
                                .defects = std::vector<std::string>(5)};
  ReconstructionDetector detector(model, {.kind = ScoreKind::worst_patch, .patch = 3, .relative = true});
  detector.classes = {"left", "right"};
  detector.learn_usual_error(good);
  detector.calibrate(good, {.rule = ThresholdRule::true_negative_rate, .value = 0.8});
  const std::vector<double> scores = detector.scores(pictures, classes);
  std::vector<double> sorted = scores;
  std::ranges::sort(sorted);
  CHECK(detector.threshold() == sorted[3]);
  detector.save(folder.path() / "detector.safetensors", 7, Value::Object{{"name", "x"}});
  for (const auto& path : {folder.path(), folder.path() / "detector.safetensors"}) {
    const ReconstructionDetector loaded = load_detector(path, "cpu");
    CHECK((loaded.scores(pictures, classes) == scores));
    CHECK(loaded.threshold() == detector.threshold());
    CHECK((loaded.classes == detector.classes));
    CHECK(loaded.score_options() == detector.score_options());
  }
  CHECK(contains(message_of<Error>([&] { detector.scores(noise(1, 8, 8), classes); }), "[N, 3, 8, 12]"));
}

TEST_CASE("pictures that a detector was made with are known again, whatever their names are", "[detection]") {
  const TemporaryFolder folder;
  const InspectionPictures pictures{
      .images = noise(4, 6, 5), .names = {"a", "b", "c", "d"}, .defects = {"", "", "", "chip"}};
  ReconstructionDetector detector = gray_detector({.kind = ScoreKind::mse});
  detector.trained_on = pictures.of({0, 2}).hashes();
  InspectionPictures renamed = pictures;
  renamed.names = {"w", "x", "y", "z"};
  CHECK((renamed.without(detector.trained_on).names == std::vector<std::string>{"x", "z"}));
  CHECK(renamed.without(Tensor()).size() == 4);
  detector.calibrate(pictures, {.rule = ThresholdRule::bad_max_share});
  CHECK(pictures.without(detector.calibrated_on).size() == 0);
  CHECK(std::abs(detector.threshold() - 0.56 * detector.scores(pictures.images)[3]) < 1e-12);  // the rule's own share
}

TEST_CASE("relative scores are learned from other pictures than those that choose the threshold", "[detection]") {
  const InspectionPictures pictures{
      .images = noise(7, 6, 5), .names = std::vector<std::string>(7), .defects = {"", "", "chip", "", "", "", ""}};
  ReconstructionDetector detector = gray_detector({.relative = true});
  const InspectionPictures chose = detector.calibrate(pictures, {});
  CHECK(chose.size() == 4);
  CHECK(std::ranges::count(chose.bad(), true) == 1);
  CHECK(pictures.without(detector.calibrated_on).size() == 0);
}

TEST_CASE("bad pictures without a mask do not count for the area of pixels", "[detection]") {
  InspectionPictures pictures{.images = noise(4, 6, 5),
                              .names = std::vector<std::string>(4),
                              .defects = {"", "chip", "chip", "chip"},
                              .masks = at::zeros({4, 6, 5}, at::kBool)};
  pictures.masks[1].narrow(0, 0, 2).fill_(true);
  pictures.masks[2].narrow(0, 3, 2).fill_(true);
  const ReconstructionDetector detector = gray_detector({.patch = 1});
  const InspectionPictures known = pictures.of({0, 1, 2});
  CHECK(evaluate_detector(detector, pictures).pixel_auc == pixel_auc(detector.inspect(known.images).heat, known.masks));
  pictures.masks = at::zeros({4, 6, 5}, at::kBool);
  CHECK_FALSE(evaluate_detector(detector, pictures).pixel_auc);
}

TEST_CASE("pictures of which nobody knows whether they are bad are shown by their scores", "[detection]") {
  const TemporaryFolder folder;
  const InspectionPictures pictures{
      .images = noise(5, 6, 5), .names = {"a", "b", "c", "d", "e"}, .defects = std::vector<std::string>(5)};
  ReconstructionDetector detector = gray_detector({.kind = ScoreKind::mse});
  detector.set_threshold(1);  // nothing is called bad
  const DetectionReport report = evaluate_detector(detector, pictures, {.pictures = 2, .known = false});
  REQUIRE(report.found.size() == 2);
  CHECK(report.found[0].score == std::ranges::max(report.set.scores));
  CHECK(report.false_alarms.empty());
  write_detection(folder.path(), report, pictures);
  CHECK(std::filesystem::exists(folder.path() / "heat/highest-02.png"));
  const Value numbers = parse_json(read_file(folder.path() / "detection.json"), "detection.json");
  CHECK(numbers.find("bad") == nullptr);
  CHECK(numbers.at("called_bad") == Value(0));
  CHECK(contains(read_file(folder.path() / "detection.html"), "\"known\":false"));
  // What an earlier call left does not stay.
  const auto own = folder.path() / "heat" / "found-in-attic.png";
  write_file_atomically(own, "the user's");
  write_detection(folder.path(), evaluate_detector(detector, pictures, {.pictures = 1, .known = false}), pictures);
  CHECK(read_file(own) == "the user's");
  CHECK_FALSE(std::filesystem::exists(folder.path() / "heat/highest-02.png"));
}

TEST_CASE("what holds no detector is refused in a line that says what it is", "[detection]") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::filesystem::path& path) {
    return message_of<Error>([&] { load_detector(path, "cpu"); });
  };
  CHECK(contains(refusal(folder.path()), "holds no detector.safetensors"));
  save_checkpoint(folder.path() / "gan.safetensors", {}, 1, Value::Object{{"generator", Value::Object{}}});
  CHECK(contains(refusal(folder.path() / "gan.safetensors"), "is no detector: it is the checkpoint of a GAN"));
  save_checkpoint(folder.path() / "other.safetensors", {}, 1, Value::Object{{"name", "x"}});
  CHECK(contains(refusal(folder.path() / "other.safetensors"), "is no detector"));
  save_checkpoint(folder.path() / "half.safetensors", {}, 1,
                  Value::Object{{"detector", Value::Object{{"model", Value::Object{{"name", "dens"}}}}}});
  CHECK(contains(refusal(folder.path() / "half.safetensors"), "half.safetensors': "));
  CHECK_THROWS_AS(load_detector(folder.path() / "none.safetensors"), Error);
}

TEST_CASE("batches visit every picture once an epoch, and depend on the position alone", "[detection]") {
  InspectionPictures pictures{
      .images = at::arange(10, at::kLong).to(at::kByte).view({10, 1, 1, 1}).expand({10, 3, 4, 4}),
      .names = std::vector<std::string>(10),
      .defects = std::vector<std::string>(10)};
  InspectionBatches batches(pictures, 5, 3);
  std::vector<std::vector<int>> epochs(2);
  std::vector<Tensor> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(batches.next().images);
    for (std::int64_t n = 0; n < 5; ++n)
      epochs[static_cast<std::size_t>(i / 2)].push_back(all.back()[n][0][0][0].item<int>());
  }
  CHECK((epochs[0] != epochs[1]));
  for (std::vector<int>& epoch : epochs) {
    std::ranges::sort(epoch);
    CHECK((epoch == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  }
  batches.seek(10);
  CHECK(at::equal(batches.next().images, all[2]));
  CHECK_THROWS_AS(InspectionBatches(pictures, 11, 3), OptionError);

  pictures.images = at::arange(4, at::kLong).to(at::kByte).expand({10, 3, 4, 4}).contiguous();
  const Tensor flipped = InspectionBatches(pictures, 10, 3, /*flip=*/true).next().images.select(3, 0);
  const auto mirrored = (flipped.select(1, 0).select(1, 0) == 3).sum().item<std::int64_t>();
  CHECK(mirrored > 0);
  CHECK(mirrored < 10);
}

TEST_CASE("drawn wells come in the numbers that were asked for, and good and bad ones differ in their masks",
          "[detection]") {
  const InspectionOptions options{
      .wells_training = 20, .wells_validation = 10, .wells_known_bad = 5, .wells_test = 30, .wells_test_bad = 8};
  const InspectionData data = open_inspection("wells", options, true);
  CHECK(data.training.size() == 20);
  CHECK(data.validation.size() == 15);
  CHECK(std::ranges::count(data.validation.bad(), true) == 5);
  CHECK(data.test.size() == 30);
  const std::vector<bool> bad = data.test.bad();
  CHECK(std::ranges::count(bad, true) == 8);
  for (std::int64_t i = 0; i < 30; ++i)
    CHECK(data.test.masks[i].any().item<bool>() == bad[static_cast<std::size_t>(i)]);
  CHECK(open_inspection("wells", options, false).validation.size() == 10);
}

TEST_CASE("an evaluation counts by hand, and shows the worst", "[detection]") {
  const TemporaryFolder folder;
  // Scores are squared distances from gray.
  Tensor images = at::zeros({6, 3, 6, 5}, at::kByte);
  const std::vector<int> values{128, 138, 148, 158, 168, 178};
  for (std::int64_t i = 0; i < 6; ++i) images[i].fill_(values[static_cast<std::size_t>(i)]);
  const InspectionPictures pictures{
      .images = images, .names = {"a", "b,\"1\"", "c", "d", "e", "f"}, .defects = {"", "chip", "", "", "leak", "leak"}};
  ReconstructionDetector detector = gray_detector({.patch = 1});
  detector.set_threshold(std::pow(143 / 255.0 - 0.5, 2));
  DetectionReport report = evaluate_detector(detector, pictures, {.pictures = 2});
  REQUIRE(report.metrics);
  CHECK((report.metrics->confusion ==
         Confusion{.true_negatives = 1, .false_positives = 2, .false_negatives = 1, .true_positives = 2}));
  CHECK(std::abs(report.metrics->auc.value - 7.0 / 9) < 1e-12);
  REQUIRE(report.misses.size() == 1);
  CHECK(report.misses[0].name == "b,\"1\"");
  REQUIRE(report.false_alarms.size() == 2);
  CHECK(report.false_alarms[0].name == "d");
  CHECK(report.found[0].name == "f");
  report.title = "six";
  write_detection(folder.path(), report, pictures);
  const Value numbers = parse_json(read_file(folder.path() / "detection.json"), "detection.json");
  CHECK(numbers.at("confusion") == Value(Value::Array{Value::Array{1, 2}, Value::Array{1, 2}}));
  const std::string table = read_file(folder.path() / "scores.csv");
  CHECK(contains(table, "\"b,\"\"1\"\"\",chip,"));
  CHECK(contains(table, ",good,\n"));
  CHECK(contains(table, "f,leak,"));
  CHECK(contains(table, ",bad,found-01.png\n"));
  CHECK(load_image((folder.path() / "heat/found-01.png").string()).size(0) == 3);
  CHECK(std::filesystem::exists(folder.path() / "detection.html"));
}

TEST_CASE("what changes the result of a resumed run is said, and nothing else", "[detection]") {
  const auto run = [](const DetectorRecipe& recipe) {
    return Value(Value::Object{{"recipe", to_value(recipe)}, {"data", Value::Object{{"fingerprint", "x"}}}});
  };
  DetectorRecipe recipe, other;
  other.out = "elsewhere";
  other.threshold.value = 0.5;
  CHECK(changes_of_detector_run(run(recipe), run(other)).empty());
  other.batch_size = 32;
  const auto changes = changes_of_detector_run(run(recipe), run(other));
  REQUIRE(changes.size() == 1);
  CHECK(contains(changes[0], "batch_size (0 -> 32)"));
  CHECK(contains(describe_detector_options(), "model.latent_channels"));
}

TEST_CASE("the C++ of docs/detection.md compiles as it stands there, and finds what is bad", "[detection]") {
  const TemporaryFolder folder;
  write_pictures(folder.path() / "parts", numbered("good", 60), 20, 20);
  for (int i = 0; i < 5; ++i) {
    std::filesystem::create_directories(folder.path() / "parts/bad");
    Tensor bad = at::full({3, 20, 20}, 30, at::kByte);
    bad.narrow(1, 5, 8).narrow(2, 5, 8).fill_(255);
    write_png(folder.path() / "parts/bad" / (std::to_string(i) + ".png"), bad);
  }
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  std::ostringstream output;
  auto* const console = std::cout.rdbuf(output.rdbuf());
  tutorial_1();
  std::cout.rdbuf(console);
  std::filesystem::current_path(before);
  for (int i = 0; i < 5; ++i) CHECK(contains(output.str(), "bad/" + std::to_string(i) + ".png is bad\n"));
  const std::string said = output.str();  // of the good ones a few, since the threshold stands on six
  CHECK(std::ranges::count(said, '\n') <= 5 + 3);
}
