// Draws numbered latents.
#include "cspgan/models/latents.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <utility>

#include "cspgan/core/random.hpp"

namespace cspgan {

namespace {

std::string sample_name(std::int64_t number) { return fmt::format("sample-{:06}", number); }

}  // namespace

Tensor indexed_latents(std::uint64_t seed, std::int64_t first, std::int64_t count, std::int64_t size) {
  Tensor latents = at::empty({count, size});
  auto* const values = latents.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i) {
    HostRandom random({seed, static_cast<std::uint64_t>(first + i)});
    for (std::int64_t j = 0; j < size; ++j) values[i * size + j] = static_cast<float>(random.normal());
  }
  return latents;
}

LatentSequence latents_of_seed(std::uint64_t seed, std::int64_t size, std::int64_t first) {
  return {
      .draw = [=](std::int64_t from, std::int64_t count) { return indexed_latents(seed, first + from, count, size); },
      .name = [first](std::int64_t number) { return sample_name(first + number); }};
}

LatentSequence latents_of_seeds(std::vector<std::uint64_t> seeds, std::int64_t size) {
  const auto count = static_cast<std::int64_t>(seeds.size());
  const auto seed_of = [seeds = std::move(seeds)](std::int64_t number) {
    return seeds.at(static_cast<std::size_t>(number));
  };
  const auto draw = [seed_of, size](std::int64_t first, std::int64_t some) {
    std::vector<Tensor> latents;
    for (std::int64_t i = first; i < first + some; ++i) latents.push_back(indexed_latents(seed_of(i), 0, 1, size));
    return at::cat(latents);
  };
  return {.draw = draw,
          .name = [seed_of](std::int64_t number) { return fmt::format("seed-{}", seed_of(number)); },
          .count = count};
}

LatentSequence latents_of_rows(Tensor rows) {
  const std::int64_t count = rows.size(0);
  return {
      .draw = [rows = std::move(rows)](std::int64_t first, std::int64_t some) { return rows.narrow(0, first, some); },
      .name = sample_name,
      .count = count};
}

LatentSequence scaled(LatentSequence latents, double factor) {
  latents.draw = [draw = std::move(latents.draw), factor](std::int64_t first, std::int64_t count) {
    return draw(first, count) * factor;
  };
  return latents;
}

}  // namespace cspgan
