// Histograms of pixels: closed forms, and samples as frequent as they are likely.
#include "cspgan/density/pixel_histogram.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/data/image_error.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// Two RGBA pixels beside each other; three images of value 10, one of 200, but the last channel is 255 in all.
PixelHistogram small(double smoothing) {
  PixelHistogram histogram(4, 1, 2, smoothing);
  for (const int value : {10, 10, 200, 10}) {
    Tensor image = at::full({4, 1, 2}, value, at::kByte);
    image[3].fill_(255);
    histogram.add(image);
  }
  return histogram;
}

/// 150 images of 8 x 4 pixels, each of one value; every tenth cannot be read.
struct Plain {
  std::int64_t size() const { return 150; }
  Tensor image(std::int64_t index) const {
    if (index % 10 == 3) throw ImageError("damaged");
    return at::full({3, 8, 4}, index, at::kByte);
  }
};

struct Unreadable {
  std::int64_t size() const { return 2; }
  Tensor image(std::int64_t) const { throw ImageError("damaged"); }
};

}  // namespace

TEST_CASE("probabilities are shares of the images, or smoothed", "[density]") {
  const Tensor plain = small(0).probabilities(), smoothed = small(0.5).probabilities();
  CHECK(plain.sizes() == at::IntArrayRef({4, 1, 2, 256}));
  CHECK(plain[0][0][1][10].item<float>() == 0.75F);
  CHECK(plain[2][0][0][200].item<float>() == 0.25F);
  CHECK(plain[3][0][0][255].item<float>() == 1);
  CHECK(plain[0][0][0][11].item<float>() == 0);
  CHECK(std::abs(smoothed[0][0][0][10].item<float>() - 3.5 / 132) < 1e-7);
  CHECK(std::abs(smoothed[0][0][0][11].item<float>() - 0.5 / 132) < 1e-7);
  CHECK((smoothed.sum(3) - 1).abs().max().item<float>() < 1e-5);
  CHECK(small(0).mean()[0][0][0].item<float>() == 57.5F);
  CHECK(small(0).images() == 4);
}

TEST_CASE("the likelihood of an image is the product of its values' probabilities", "[density]") {
  Tensor image = at::full({4, 1, 2}, 10, at::kByte);
  image[3].fill_(255);
  image[0][0][0].fill_(200);
  const Tensor batch = at::stack({image, at::full({4, 1, 2}, 11, at::kByte)});
  const Tensor plain = small(0).log_likelihood(batch);
  CHECK(std::abs(plain[0].item<double>() - (std::log(0.25) + 5 * std::log(0.75))) < 1e-12);
  CHECK(plain[1].item<double>() == -std::numeric_limits<double>::infinity());
  CHECK(std::abs(small(0.5).log_likelihood(batch)[1].item<double>() - 8 * std::log(0.5 / 132)) < 1e-12);
}

TEST_CASE("samples have the histograms' shares, never a value of no share, and pixels that know nothing of each other",
          "[density]") {
  const PixelHistogram histogram = small(0);
  constexpr std::int64_t count = 4000;
  const Tensor samples = histogram.sample(7, 0, count);
  CHECK((samples.select(1, 3) == 255).all().item<bool>());
  const Tensor colors = samples.narrow(1, 0, 3).flatten(1).to(at::kInt);  // [count, 6]
  CHECK(((colors == 10) | (colors == 200)).all().item<bool>());
  const Tensor bright = (colors == 200).to(at::kDouble);
  CHECK((bright.mean(0) - 0.25).abs().max().item<double>() < 4 * std::sqrt(0.25 * 0.75 / count));
  // Among the images they were always bright together; among the samples they are as often as chance has it.
  CHECK(std::abs((bright.select(1, 0) * bright.select(1, 1)).mean().item<double>() - 0.0625) < 0.016);
  CHECK(histogram.sample(7, 10, 3).equal(samples.narrow(0, 10, 3)));
  CHECK_FALSE(histogram.sample(8, 10, 3).equal(samples.narrow(0, 10, 3)));
}

TEST_CASE("a sample is the value at which the running sum of the shares passes a number of the stream", "[density]") {
  const Tensor shares = small(0).probabilities().flatten(0, 2).to(at::kDouble);  // 0.25, 0.75 and 1: exact
  const Tensor sample = small(0).sample(3, 5, 1).flatten();
  HostRandom random({3, 5});
  for (std::int64_t i = 0; i < shares.size(0); ++i) {
    const double place = random.uniform();
    double sum = 0;
    std::int64_t value = -1;
    while (sum <= place) sum += shares[i][++value].item<double>();
    CHECK(sample[i].item<std::int64_t>() == value);
  }
}

TEST_CASE("samples are a source of images", "[density]") {
  PixelHistogram histogram(3, 4, 2);
  for (const int value : {10, 30, 200}) histogram.add(at::full({3, 4, 2}, value, at::kByte));
  const PixelHistogramSamples samples(histogram, 5, 9);
  const AnyImageSource source(samples);
  CHECK(source.size() == 5);
  CHECK(source.name(2) == "sample 2");
  for (std::int64_t i = 0; i < 5; ++i) CHECK(source.image(i).equal(histogram.sample(9, i, 1)[0]));
  CHECK(contains(message_of<OptionError>([] { PixelHistogramSamples(small(0), 1); }), "not 4"));
  CHECK(contains(message_of<Error>([] { PixelHistogramSamples(PixelHistogram(3, 2, 2), 1); }), "seen no images"));
}

TEST_CASE("all images of a source are counted but those that cannot be read, which are named", "[density]") {
  std::vector<std::string> warnings;
  std::vector<std::int64_t> done;
  const PixelHistogram histogram = fit_pixel_histogram(
      Plain{}, 4,
      {.smoothing = 0,
       .progress = [&](std::int64_t images, std::int64_t total) { done.push_back(total == 150 ? images : -1); },
       .warning = [&](const std::string& warning) { warnings.push_back(warning); }});
  CHECK(histogram.images() == 135);
  CHECK(warnings.size() == 15);
  CHECK(warnings.front() == "'image 3' is left out: damaged");
  CHECK(warnings.back() == "'image 143' is left out: damaged");
  CHECK((done.back() == 150 && std::ranges::is_sorted(done)));
  const Tensor probabilities = histogram.probabilities();
  CHECK(probabilities.sizes() == at::IntArrayRef({3, 4, 4, 256}));
  for (const auto& [value, times] : {std::pair{149, 1}, std::pair{64, 1}, std::pair{13, 0}, std::pair{150, 0}})
    CHECK(std::abs(probabilities[1][2][3][value].item<double>() - times / 135.0) < 1e-7);
  CHECK(contains(message_of<Error>([] { fit_pixel_histogram(Unreadable{}, 4); }), "none of the 2 images"));
  CHECK(contains(message_of<OptionError>([] { fit_pixel_histogram(Plain{}, 0); }), "height"));
}

TEST_CASE("images of another shape or type, and a histogram of none, are refused", "[density]") {
  PixelHistogram histogram(3, 2, 2);
  CHECK(contains(message_of<Error>([&] { histogram.add(at::zeros({3, 2, 3}, at::kByte)); }), "[N, 3, 2, 2]"));
  CHECK(contains(message_of<Error>([&] { histogram.add(at::zeros({3, 2, 2})); }), "uint8"));
  CHECK(contains(message_of<Error>([&] { histogram.sample(1, 0, 1); }), "seen no images"));
  CHECK(contains(message_of<OptionError>([] { PixelHistogram(3, 4096, 4096); }), "numbers"));
  CHECK(contains(message_of<OptionError>([] { PixelHistogram(3, 2, 2, -1); }), "smoothing"));
}
