// --profile: the time of operations, each its own.
#include <ATen/ATen.h>

#include <string>

#include "cspgan/nn/convolution.hpp"
#include "cspgan/training/profile.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;

TEST_CASE("a profile names operations and our kernels, and leaves out what was not asked for", "[training]") {
  Convolution convolution({.in_channels = 16, .out_channels = 16, .kernel = 3, .padding = 1});
  const Tensor images = at::randn({2, 16, 8, 8}).contiguous(at::MemoryFormat::ChannelsLast);
  at::tanh(images);
  Profile profile;
  CHECK(profile.table().empty());
  for (int step = 0; step < 3; ++step) {
    at::add(images, images);
    convolution->forward(images);
    profile.count_step();
  }
  profile.stop();
  at::sigmoid(images);
  const std::string table = profile.table();
  INFO(table);
  CHECK(contains(table, "mean of 3 steps"));
  CHECK(contains(table, "aten::add"));
  CHECK((contains(table, "cspgan: convolution 3x3") || contains(table, "convolution")));
  CHECK(!contains(table, "aten::tanh"));
  CHECK(!contains(table, "aten::sigmoid"));
}

TEST_CASE("the time of an operation is not counted again in the one that called it", "[training]") {
  const Tensor matrix = at::randn({300, 300});
  Profile profile;
  for (int i = 0; i < 20; ++i) at::linear(matrix, matrix);  // calls aten::matmul or aten::mm, where the time goes
  profile.count_step();
  profile.stop();
  double sum = 0;
  double all = 0;
  std::string table = profile.table();
  INFO(table);
  for (std::size_t start = table.find('\n') + 1; start < table.size();) {
    const std::size_t end = table.find('\n', start);
    const std::string line = table.substr(start, end - start);
    const double share = std::stod(line.substr(line.size() - 8));
    (line.starts_with("in all") ? all : sum) += share;
    start = end + 1;
  }
  CHECK(all > 99.9);
  CHECK(std::abs(sum - 100) < 1.5);
}
