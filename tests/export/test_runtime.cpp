// The runtime without LibTorch draws what a Sampler draws, and reads nothing else than its own files.
#include <ATen/TensorOperators.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <filesystem>
#include <thread>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/export/runtime_file.hpp"
#include "cspgan/export/standalone.hpp"
#include "cspgan/models/sampler.hpp"
#include "cspgan/runtime/runtime_generator.hpp"
#include "support/catch.hpp"
#include "support/generator_variations.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

Tensor drawn(const RuntimeGenerator& generator, const Tensor& latents) {
  const auto side = static_cast<std::int64_t>(generator.side());
  Tensor images = at::empty({latents.size(0), static_cast<std::int64_t>(generator.channels()), side, side});
  generator.draw(latents.const_data_ptr<float>(), static_cast<std::size_t>(latents.size(0)),
                 images.mutable_data_ptr<float>());
  return images;
}

std::string bytes_of_a_small_one() {
  return runtime_file(graph_of(Generator(
      GeneratorOptions{.latent_size = 4, .image_size = 8, .base_channels = 4, .stem = {.kind = StemKind::linear}})));
}

}  // namespace

TEST_CASE("the runtime draws a Sampler's images, of every preset and variation", "[export]") {
  double worst = 0;
  int generators = 0;
  cspgan_test::for_each_generator([&](const std::string& name, const auto& generator) {
    INFO(name);
    const RuntimeGenerator runtime = RuntimeGenerator::from_bytes(runtime_file(graph_of(generator)));
    const Tensor latents = TensorRandom(3, at::kCPU).normal({37, generator->latent_size()});
    const Tensor expected = Sampler(generator)(latents);
    const double largest = expected.abs().max().template item<double>();
    const Tensor images = drawn(runtime, latents);
    const double difference = (images - expected).abs().max().template item<double>() / largest;
    CHECK(difference < 1e-5);
    const Tensor first = drawn(runtime, latents.narrow(0, 36, 1).contiguous());
    CHECK((first - expected.narrow(0, 36, 1)).abs().max().template item<double>() / largest < 1e-5);
    std::vector<std::uint8_t> bytes(runtime.image_size());
    runtime.draw_bytes(latents.const_data_ptr<float>(), 1, bytes.data());
    const Tensor levels =
        at::from_blob(bytes.data(), {expected.size(2), expected.size(3), expected.size(1)}, at::kByte);
    const Tensor of_image = images[0].add(1).mul(127.5).round().clamp(0, 255).permute({1, 2, 0});
    CHECK((levels.to(at::kFloat) - of_image).abs().max().template item<double>() == 0);
    worst = std::max(worst, difference);
    ++generators;
  });
  CAPTURE(worst);
  CHECK(generators >= 46);
}

TEST_CASE("the runtime computes a stride beyond the kernel, and refuses what it cannot before a file is written",
          "[export]") {
  Graph graph(3);  // each input pixel among three others, which are the bias alone
  const Tensor weight = TensorRandom(5, at::kCPU).normal({3, 2, 1, 1}), bias = at::full({2}, 0.5);
  graph.transposed_convolution(graph.latents(), weight, bias, 2, 0, 1);
  const RuntimeGenerator runtime = RuntimeGenerator::from_bytes(runtime_file(graph));
  const Tensor latents = TensorRandom(6, at::kCPU).normal({5, 3});
  const Tensor expected = at::conv_transpose2d(latents.view({5, 3, 1, 1}), weight, bias, 2, 0, 1);
  drawn(RuntimeGenerator::from_bytes(bytes_of_a_small_one()), at::full({3, 4}, 7.0));  // leaves its numbers in memory
  CHECK((drawn(runtime, latents) - expected).abs().max().item<double>() < 1e-5);
  Graph steep(3);
  steep.leaky_relu(steep.latents(), 1.5);
  CHECK(contains(message_of<Error>([&] { runtime_file(steep); }), "operator 2 does not fit: "));
}

TEST_CASE("threads share a runtime's generator, and draw what one draws", "[export]") {
  const RuntimeGenerator generator =
      RuntimeGenerator::from_bytes(runtime_file(graph_of(Generator(generators::csp(32)))));
  const Tensor latents = TensorRandom(1, at::kCPU).normal({8, static_cast<std::int64_t>(generator.latent_size())});
  const Tensor expected = drawn(generator, latents);
  std::vector<Tensor> found(4);
  {
    std::vector<std::jthread> threads;
    for (Tensor& images : found) threads.emplace_back([&] { images = drawn(generator, latents); });
  }
  for (const Tensor& images : found) CHECK(images.equal(expected));
}

TEST_CASE("the runtime's latents are those of the C++ header: known numbers", "[export]") {
  // SplitMix64 of the seed 0 begins 0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4 (Vigna's splitmix64.c).
  const RuntimeGenerator generator = RuntimeGenerator::from_bytes(bytes_of_a_small_one());
  const double first = (static_cast<double>(0xE220A8397B1DCDAFU >> 11) + 1) / 9007199254740992.0;
  const double second = (static_cast<double>(0x6E789E6AA1B965F4U >> 11) + 1) / 9007199254740992.0;
  CHECK(std::abs(generator.random_latents(0)[0] -
                 std::sqrt(-2 * std::log(first)) * std::cos(2 * 3.141592653589793 * second)) < 1e-6);
}

TEST_CASE("a runtime's file that is cut, changed or of another kind is refused by name", "[export]") {
  const cspgan_test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "a.cspgan";
  const std::string whole = bytes_of_a_small_one();
  const auto refusal = [&](const std::string& bytes) {
    write_file_atomically(file, bytes);
    return message_of<Error>([&] { RuntimeGenerator{file}; });
  };
  write_file_atomically(file, whole);
  CHECK(RuntimeGenerator(file).side() == 8);
  for (std::size_t length = 0; length < whole.size(); length += 1 + length / 50)
    CHECK(contains(refusal(whole.substr(0, length)), "a.cspgan"));
  for (std::size_t place = 0; place < whole.size(); place += 1 + place / 50) {
    std::string changed = whole;
    changed[place] = static_cast<char>(changed[place] ^ 1);
    CHECK(contains(refusal(changed), "a.cspgan"));
  }
  CHECK(contains(refusal(whole + "1234"), "damaged"));
  std::string later = whole;
  later[8] = 2;
  CHECK(contains(refusal(later), "version 2"));
  CHECK(contains(message_of<Error>([&] { RuntimeGenerator{folder.path() / "none"}; }), "cannot be read"));
  CHECK(contains(message_of<Error>([&] { RuntimeGenerator{folder.path()}; }), "cannot be read"));
}
