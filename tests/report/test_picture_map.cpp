// Maps of pictures.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <limits>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/report/picture_map.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// Pictures of 4 x 4 pixels: number i is all 100 + i.
Tensor numbered(std::int64_t count) {
  return at::arange(count).add(100).to(at::kByte).reshape({count, 1, 1, 1}).expand({count, 3, 4, 4});
}

Tensor colors(std::int64_t count) {
  return at::tensor({200, 50, 10}).to(at::kByte).reshape({1, 3}).expand({count, 3}).contiguous();
}

Tensor places(std::vector<double> values) { return at::tensor(values, at::kDouble).reshape({-1, 2}); }

/// What stands in the middle of a cell of 6 x 6 pixels.
int at_cell(const Tensor& map, std::int64_t row, std::int64_t column) {
  return map[0][row * 6 + 3][column * 6 + 3].item<int>();
}

}  // namespace

TEST_CASE("a map puts x to the right and y up, in one scale, each picture in its frame", "[report]") {
  // Twice as wide as high: the span of x fills the map, and y keeps its proportion.
  const Tensor map = picture_map(places({-2, 0, 2, 0, 0, 1, 0, -1}), numbered(4), colors(4), {.cells = 5, .frame = 1});
  REQUIRE(map.sizes() == at::IntArrayRef({3, 30, 30}));
  CHECK(at_cell(map, 2, 0) == 100);
  CHECK(at_cell(map, 2, 4) == 101);
  CHECK(at_cell(map, 1, 2) == 102);
  CHECK(at_cell(map, 3, 2) == 103);
  CHECK(map[0].eq(20).sum().item<int>() == 21 * 36);  // cells without a picture
  const Tensor cell = map.narrow(1, 12, 6).narrow(2, 0, 6);
  CHECK(cell[0].eq(200).sum().item<int>() == 36 - 16);
  CHECK(cell[1].eq(50).sum().item<int>() == 36 - 16);
  CHECK(cell[2].narrow(0, 1, 4).narrow(1, 1, 4).eq(100).all().item<bool>());
}

TEST_CASE("pictures at one place lie side by side and none is hidden", "[report]") {
  const Tensor map = picture_map(at::zeros({9, 2}, at::kDouble), numbered(9), colors(9), {.cells = 3, .frame = 1});
  for (int i = 0; i < 9; ++i) CHECK(map[0].eq(100 + i).sum().item<int>() == 16);
  const Tensor few = picture_map(at::zeros({2, 2}, at::kDouble), numbered(2), colors(2), {.cells = 7, .frame = 1});
  CHECK(at_cell(few, 3, 3) == 100);
  CHECK(at_cell(few, 2, 3) == 101);
}

TEST_CASE("a map refuses what it cannot draw with a sentence", "[report]") {
  const auto refusal = [](const Tensor& where, const Tensor& pictures, const Tensor& frames) {
    return message_of<Error>([&] { picture_map(where, pictures, frames, {.cells = 2}); });
  };
  const Tensor four = at::zeros({4, 2}, at::kDouble);
  CHECK(contains(refusal(at::zeros({5, 2}, at::kDouble), numbered(5), colors(5)), "5 pictures do not fit"));
  CHECK(contains(refusal(four, numbered(4).to(at::kFloat), colors(4)), "uint8 pictures"));
  CHECK(contains(refusal(four, numbered(4).narrow(2, 0, 3), colors(4)), "[4, 3, 3, 4]"));
  CHECK(contains(refusal(four, numbered(3), colors(3)), "[3, 2]"));
  CHECK(contains(refusal(four, numbered(4), colors(3)), "[4, 3]"));
  CHECK(
      contains(refusal(at::full({4, 2}, std::numeric_limits<double>::infinity(), at::kDouble), numbered(4), colors(4)),
               "finite"));
  CHECK(contains(message_of<OptionError>([&] { picture_map(four, numbered(4), colors(4), {.cells = 0}); }), "cells"));
}
