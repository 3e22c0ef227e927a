// Histograms of pixels: closed forms, and samples as frequent as they are likely.
#include "cspgan/density/pixel_histogram.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "cspgan/core/error.hpp"
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

TEST_CASE("images of another shape or type, and a histogram of none, are refused", "[density]") {
  PixelHistogram histogram(3, 2, 2);
  CHECK(contains(message_of<Error>([&] { histogram.add(at::zeros({3, 2, 3}, at::kByte)); }), "[N, 3, 2, 2]"));
  CHECK(contains(message_of<Error>([&] { histogram.add(at::zeros({3, 2, 2})); }), "uint8"));
  CHECK(contains(message_of<Error>([&] { histogram.sample(1, 0, 1); }), "seen no images"));
  CHECK(contains(message_of<OptionError>([] { PixelHistogram(3, 4096, 4096); }), "numbers"));
  CHECK(contains(message_of<OptionError>([] { PixelHistogram(3, 2, 2, -1); }), "smoothing"));
}
