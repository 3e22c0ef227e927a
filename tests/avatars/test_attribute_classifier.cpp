// The reader of avatars: whether it can be trusted, and whether what is kept of it is never stale.
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <vector>

#include "cspgan/avatars/attribute_classifier.hpp"
#include "cspgan/avatars/avatar_metrics.hpp"
#include "cspgan/avatars/avatars.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/core/random.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;
namespace fs = std::filesystem;

namespace {

/// Learns little, within a second.
constexpr AttributeClassifierOptions quick{.images = 200, .steps = 4, .batch_size = 16, .base_channels = 8};

struct Seen {
  Tensor images, labels;
};

Seen see(const AvatarOptions& options) {
  const Avatars avatars(options);
  std::vector<Tensor> images, labels;
  for (std::int64_t i = 0; i < avatars.size(); ++i) {
    images.push_back(avatars.image(i));
    labels.push_back(avatar_labels(avatars.appearance(i)));
  }
  return {at::stack(images), at::stack(labels)};
}

}  // namespace

TEST_CASE("An attribute classifier reads each attribute of fresh avatars in at least 99 of 100", "[avatars]") {
  static const AttributeClassifier classifier = AttributeClassifier::train();  // once for all sections
  const AvatarOptions fresh{.seed = 99, .count = 3000, .image_size = 32};
  const AttributeAccuracy accuracy = classifier.accuracy(fresh);
  CHECK(accuracy.count == 3000);
  for (std::size_t a = 0; a < accuracy.of_attributes.size(); ++a) {
    CAPTURE(avatar_attributes()[a].name);
    CHECK(accuracy.of_attributes[a] >= 0.99);
    CHECK(accuracy.clear[a] > 0.9);
  }

  SECTION("The accuracy is what reading and comparing gives, in the order of the attributes") {
    const Seen seen = see({.seed = 99, .count = 200, .image_size = 32});
    const AttributeAccuracy few = classifier.accuracy({.seed = 99, .count = 200, .image_size = 32});
    const AttributePrediction reading = classifier.read(seen.images);
    for (std::int64_t a = 0; a < 7; ++a)
      CHECK(few.of_attributes[static_cast<std::size_t>(a)] ==
            Approx((reading.labels.select(1, a) == seen.labels.select(1, a)).sum().item<double>() / 200));
  }
  SECTION("Pictures of other sizes are read as well, and noise is not read clearly") {
    CHECK(classifier.accuracy({.seed = 98, .count = 300, .image_size = 64}).of_attributes[0] > 0.97);
    const Tensor noise = TensorRandom(1, at::kCPU).integers({50, 3, 32, 32}, 0, 256).to(at::kByte);
    CHECK((classifier.read(noise).confidence.amin({1}) >= clear_confidence).sum().item<int>() <= 5);
  }
  SECTION("What it reads in true avatars counts as true avatars do") {
    const Seen seen = see({.seed = 97, .count = 2000, .image_size = 32});
    const AvatarMetrics read = count_avatars(classifier.read(seen.images).labels), truth = count_avatars(seen.labels);
    CHECK(std::abs(static_cast<double>(read.styles - truth.styles)) <= 0.02 * 2000);
    for (std::size_t a = 0; a < 7; ++a)
      CHECK(std::abs(read.attributes[a].distance - truth.attributes[a].distance) <= 0.01);
  }
}

TEST_CASE("An attribute classifier is a function of its options", "[avatars]") {
  const Tensor images = see({.seed = 1, .count = 20, .image_size = 32}).images;
  std::int64_t last = 0, all = 0;
  const AttributePrediction first = AttributeClassifier::train(quick, [&](std::int64_t done, std::int64_t total) {
                                      CHECK(done > last);
                                      last = done, all = total;
                                    }).read(images);
  CHECK(last == 200 + 4 * 16);
  CHECK(all == last);
  const AttributePrediction same = AttributeClassifier::train(quick).read(images);
  AttributeClassifierOptions changed = quick;
  changed.seed = 1;
  const AttributePrediction other = AttributeClassifier::train(changed).read(images);
  CHECK(at::equal(first.confidence, same.confidence));
  CHECK_FALSE(at::equal(first.confidence, other.confidence));
}

TEST_CASE("A cached attribute classifier is the trained one, and no other or damaged file is taken for it",
          "[avatars]") {
  const cspgan_test::TemporaryFolder folder;
  const Tensor images = see({.seed = 1, .count = 20, .image_size = 32}).images;
  int trained = 0;
  const auto count_training = [&](std::int64_t done, std::int64_t total) { trained += done == total ? 1 : 0; };
  std::string problem;
  const auto reading = [&](const AttributeClassifierOptions& options) {
    return AttributeClassifier::from_cache(folder.path() / "classifiers", options, count_training, &problem)
        .read(images)
        .confidence;
  };
  const Tensor made = reading(quick);
  CHECK(trained == 1);
  CHECK(at::equal(reading(quick), made));
  CHECK(trained == 1);
  CHECK(problem.empty());

  AttributeClassifierOptions longer = quick;
  longer.steps = 5;
  CHECK_FALSE(at::equal(reading(longer), made));
  CHECK(trained == 2);

  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder.path() / "classifiers")) files.push_back(entry.path());
  REQUIRE(files.size() == 2);
  // The other's file under its name: whole, but of other options.
  std::string first = read_file(files[0]), second = read_file(files[1]);
  write_file_atomically(files[0], second);
  write_file_atomically(files[1], first);
  CHECK(at::equal(reading(quick), made));
  CHECK(trained == 3);
  CHECK(contains(problem, "another classifier"));
  // A flipped bit in each file; then nothing is wrong any more.
  for (const fs::path& file : files) {
    std::string content = read_file(file);
    content[content.size() - 20] ^= 1;
    write_file_atomically(file, content);
  }
  problem.clear();
  CHECK(at::equal(reading(quick), made));
  CHECK(trained == 4);
  CHECK(contains(problem, ".safetensors"));
  problem.clear();
  CHECK(at::equal(reading(quick), made));
  CHECK(trained == 4);
  CHECK(problem.empty());
}

TEST_CASE("An attribute classifier without a place to be kept is trained all the same", "[avatars]") {
  const cspgan_test::TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "in the way");
  std::string problem;
  AttributeClassifier::from_cache(folder.path() / "file" / "classifiers", quick, {}, &problem);
  CHECK(contains(problem, "file"));
}

TEST_CASE("Progress may end the training of an attribute classifier", "[avatars]") {
  CHECK(message_of<Error>([] { AttributeClassifier::train(quick, [](auto, auto) { throw Error("enough"); }); }) ==
        "enough");
}

TEST_CASE("An attribute classifier refuses options and images that it cannot use", "[avatars]") {
  CHECK(contains(message_of<Error>([] { AttributeClassifier::train({.image_size = 48}); }), "48"));
  CHECK(contains(message_of<Error>([] { AttributeClassifier::train({.batch_size = 1}); }),
                 "batch_size must be at least 2, not 1"));
  CHECK(contains(message_of<Error>([] { AttributeClassifier::train({.noise = -1}); }), "noise"));
  const AttributeClassifier classifier = AttributeClassifier::train(quick);
  CHECK(contains(message_of<Error>([&] { classifier.read(at::zeros({2, 3, 16, 16}, at::kByte)); }), "[2, 3, 16, 16]"));
  CHECK(contains(message_of<Error>([&] { classifier.read(at::zeros({2, 3, 32, 32})); }), "float32"));
  CHECK(contains(message_of<Error>([&] { classifier.read(at::zeros({3, 32, 32}, at::kByte)); }), "[3, 32, 32]"));
}
