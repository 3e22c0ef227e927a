// Directions of attributes, and their scores, with a generator of which all is known.
#include <ATen/ATen.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include <cmath>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/evaluation/attribute_directions.hpp"
#include "cspgan/metrics/builtin_features.hpp"
#include "cspgan/models/sampler.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// Its images are red if z . a > 0, and green if z . b > 0.
class TwoLampsImpl : public torch::nn::Cloneable<TwoLampsImpl> {
 public:
  TwoLampsImpl(Tensor a, Tensor b) : a_(std::move(a)), b_(std::move(b)) {}
  void reset() override {}
  std::int64_t latent_size() const { return a_.size(0); }
  Tensor forward(const Tensor& z) {
    const Tensor lamps = at::stack({z.matmul(a_), z.matmul(b_), at::zeros({z.size(0)})}, 1).sign();
    return lamps.view({-1, 3, 1, 1}).expand({-1, 3, 4, 4});
  }

 private:
  Tensor a_, b_;
};
TORCH_MODULE(TwoLamps);

AttributeReader lamp_reader() {
  return {.attributes = {{.name = "red", .values = {"no", "yes"}}, {.name = "green", .values = {"off", "on"}}},
          .read = [](const Tensor& images) {
            return (images.slice(1, 0, 2).to(at::kFloat).mean(at::IntArrayRef{2, 3}) > 128).to(at::kLong);
          }};
}

Tensor unit(const Tensor& vector) { return vector / vector.norm(); }

/// Unit vectors at an angle of this cosine.
std::pair<Tensor, Tensor> vectors(double cosine) {
  TensorRandom random(3, at::kCPU);
  const Tensor a = unit(random.normal({24}));
  Tensor other = random.normal({24});
  other = other - a * a.dot(other);
  return {a, cosine * a + std::sqrt(1 - cosine * cosine) * unit(other)};
}

/// Squares in a color and its noise; the label says which color, and the second column is of no use.
struct ColoredSquares {
  std::int64_t count = 600;
  std::int64_t labeled = 600;  // the others have no label

  std::int64_t size() const { return count; }
  Tensor image(std::int64_t index) const {
    if (index == 5) throw ImageError("cannot be read");
    TensorRandom random(static_cast<std::uint64_t>(index), at::kCPU);
    Tensor image = random.uniform({3, 16, 16}, {0, 100});
    image[index % 3 == 0 ? 0 : 2] += 100;
    return image.to(at::kByte);
  }
  Labels labels() const {
    std::vector<std::vector<std::string>> rows;
    for (std::int64_t i = 0; i < labeled; ++i) rows.push_back({i % 3 == 0 ? "1" : "-1", std::to_string(i)});
    rows.resize(static_cast<std::size_t>(count));
    return labels_from_text({"Red", "File"}, rows);
  }
};

}  // namespace

TEST_CASE("the direction of an attribute is the one on which it depends", "[evaluation]") {
  const auto [a, b] = vectors(0.3);
  const Sampler sampler(TwoLamps(a, b));
  const auto found = attribute_directions(sampler, lamp_reader(), {.count = 20'000, .conditional = false});
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "red");
  CHECK(found[1].name == "green=off");
  CHECK(found[2].name == "green=on");
  CHECK(found[0].vector.dot(a).item<float>() > 0.99);
  CHECK(found[1].vector.dot(b).item<float>() < -0.99);
  CHECK(found[2].vector.dot(b).item<float>() > 0.99);
  // Without what the two share, each leaves the other lamp as it is.
  const auto alone = attribute_directions(sampler, lamp_reader(), {.count = 20'000});
  CHECK(std::abs(alone[0].vector.dot(b).item<float>()) < 0.03);
  CHECK(alone[0].vector.dot(unit(a - b * a.dot(b))).item<float>() > 0.98);
  CHECK(std::abs(alone[2].vector.dot(a).item<float>()) < 0.03);
}

TEST_CASE("a direction's score is the share of images in which an attribute changes, and in which others do",
          "[evaluation]") {
  const double cosine = 0.3, step = 2;
  const auto [a, b] = vectors(cosine);
  const Sampler sampler(TwoLamps(a, b));
  const std::vector<NamedDirection> directions{{"red", a}, {"green=on", a}, {"1", b}};
  const auto scores =
      score_directions(sampler, lamp_reader(), directions, {.count = 10, .test_count = 4000, .step = step});
  // z . v is standard normal; its sign changes between -s and s along d if |z . v| < s |d . v|.
  const double own = std::erf(step / std::sqrt(2.0)), other = std::erf(step * cosine / std::sqrt(2.0));
  CHECK(std::abs(scores[0].changed - own) < 0.02);
  CHECK(std::abs(scores[0].others - other) < 0.04);
  CHECK(scores[0].shares->low < 0.05);
  CHECK(scores[0].shares->high > 0.95);
  CHECK(scores[1].attribute == "green");
  CHECK(std::abs(scores[1].changed - other) < 0.04);
  CHECK(scores[2].attribute == "green");  // which changes most, whatever the name
  CHECK(std::abs(scores[2].changed - own) < 0.02);
  CHECK(!scores[2].shares);
}

TEST_CASE("values that nearly no image has get no direction", "[evaluation]") {
  const auto [a, b] = vectors(0);
  AttributeReader reader = lamp_reader();
  reader.read = [read = reader.read](const Tensor& images) {
    const Tensor labels = read(images);
    labels.select(1, 1).zero_();
    return labels;
  };
  const auto found = attribute_directions(Sampler(TwoLamps(a, b)), reader, {.count = 500});
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "red");
}

TEST_CASE("two attributes that are one keep their direction, since nothing would be left of it", "[evaluation]") {
  const auto [a, b] = vectors(0);
  AttributeReader reader = lamp_reader();
  reader.read = [read = reader.read](const Tensor& images) {
    return read(images).select(1, 0).unsqueeze(1).repeat({1, 2});
  };
  for (const NamedDirection& direction : attribute_directions(Sampler(TwoLamps(a, b)), reader, {.count = 4000}))
    CHECK(std::abs(direction.vector.dot(a).item<float>()) > 0.95);
}

TEST_CASE("labels are learned from features of real images", "[evaluation]") {
  const AttributeReader reader = label_reader(ColoredSquares{}, 16, BuiltinFeatures());
  REQUIRE(reader.attributes.size() == 1);  // the column of names is left out
  CHECK(reader.attributes[0].name == "Red");
  CHECK(reader.attributes[0].accuracy > 0.9);
  const AttributeReader of_some = label_reader(ColoredSquares{.count = 2400}, 16, BuiltinFeatures());
  CHECK(of_some.attributes[0].accuracy == reader.attributes[0].accuracy);  // those without a label teach nothing
  const ColoredSquares more{.count = 800};
  CHECK(reader.read(at::stack({more.image(600), more.image(601), more.image(603)}))
            .flatten()
            .equal(at::tensor({1, 0, 1}, at::kLong)));

  struct Unlabeled {
    std::int64_t size() const { return 30; }
    Tensor image(std::int64_t) const { return at::zeros({3, 16, 16}, at::kByte); }
  };
  CHECK(contains(message_of<OptionError>([] { label_reader(Unlabeled{}, 16, BuiltinFeatures()); }), "no labels"));
}
