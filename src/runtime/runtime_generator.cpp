// Prepares a plan's operators, and runs them.
#include "cspgan/runtime/runtime_generator.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>

#include "cspgan/core/error.hpp"
#include "kernels/packing.hpp"
#include "kernels/workspace.hpp"
#include "runtime/operations.hpp"
#include "runtime/places.hpp"
#include "runtime/plan.hpp"

namespace cspgan {

using runtime::Maps;

namespace {

std::int64_t whole_cache_lines(std::size_t floats) {
  return static_cast<std::int64_t>(kernels::round_up(floats, kernels::cache_line_floats));
}

}  // namespace

class RuntimeGenerator::Plan {
 public:
  explicit Plan(const runtime::PlanFile& file);

  /// Computes the images of `count` latents, some at a time, and gives them to take(maps).
  template <class Take>
  void compute_all(const float* latents, std::size_t count, const Take& take) const {
    // Enough together for the kernels, few enough for the processor's caches.
    const std::size_t at_once = std::clamp<std::size_t>(cached_floats / size_, 1, 4);
    for (std::size_t first = 0; first < count; first += at_once)
      take(compute(latents + first * latent_size(), std::min(at_once, count - first)));
  }

  std::size_t latent_size() const { return values_.front().channels; }
  std::size_t channels() const { return values_[image_].channels; }
  std::size_t side() const { return values_[image_].side; }

 private:
  static constexpr std::size_t cached_floats = 1 << 20;
  static constexpr std::size_t most_floats = 1 << 28;  // 1 GiB; a file may come from anywhere

  /// A value, or a part of its owner's channels.
  struct Value {
    std::size_t channels = 0, side = 1;
    std::size_t owner = 0;  // number of the value in whose memory it lies
    std::size_t first = 0;  // channel of the owner
  };
  struct Step {
    runtime::Operation operation;
    std::size_t input, second, output;  // numbers of values
  };

  /// The images of `count` latents in this thread's memory, valid until its next call.
  Maps compute(const float* latents, std::size_t count) const;

  Maps without_memory(std::size_t value) const {
    const Value& v = values_[value];
    return {.side = v.side, .channels = v.channels, .pixel = values_[v.owner].channels};
  }
  Maps maps(std::size_t value, float* memory, std::size_t images) const {
    const Value& v = values_[value];
    Maps maps = without_memory(value);
    maps.data = memory + images * places_[v.owner] + v.first;
    maps.images = images;
    return maps;
  }

  std::vector<Value> values_;        // of the plan, by their numbers
  std::vector<std::size_t> places_;  // of owners, in floats for one image
  std::vector<Step> steps_;
  std::size_t image_;
  std::size_t size_;  // floats for one image
};

RuntimeGenerator::Plan::Plan(const runtime::PlanFile& file) : image_(static_cast<std::size_t>(file.image)) {
  const auto index = [](std::int32_t number) { return static_cast<std::size_t>(std::max(number, 0)); };
  const std::size_t count = file.nodes.size() + 1;
  std::vector<int> uses(count);
  for (const runtime::PlanNode& node : file.nodes)
    for (const std::int32_t input : node.inputs) uses[index(input)] += input >= 0;
  uses[image_] += 1;

  values_.push_back({.channels = static_cast<std::size_t>(file.latent_size)});
  std::vector<runtime::Lifetime> lives(count);
  lives[0].floats = whole_cache_lines(index(file.latent_size));
  const auto reads = [&](std::size_t value, int node) { lives[values_[value].owner].dies = node; };
  bool merged = false;  // whether the node before has computed this one, too
  for (std::size_t k = 0; k < file.nodes.size(); ++k) {
    const runtime::PlanNode& node = file.nodes[k];
    const std::size_t input = index(node.inputs[0]), second = index(node.inputs[1]), number = k + 1;
    const auto kind = static_cast<Operator>(node.kind);
    values_.push_back({.channels = index(node.channels), .side = index(node.side), .owner = number});
    if (merged) {
      values_[number].owner = input;
      merged = false;
      continue;
    }
    // A leaky ReLU alone behind an operator that takes it is computed there, into the place of the operator's output.
    const runtime::PlanNode* const next = number < file.nodes.size() ? &file.nodes[number] : nullptr;
    merged = runtime::takes_slope(kind) && uses[number] == 1 && next != nullptr &&
             next->kind == static_cast<int>(Operator::leaky_relu) && index(next->inputs[0]) == number;
    runtime::Operation operation =
        runtime::operation_of(node, without_memory(input), file.weights.data(), merged ? next->slope : 1);
    if (operation == nullptr) {
      values_[number].owner = values_[input].owner;
      values_[number].first = values_[input].first + (kind == Operator::channels ? index(node.first) : 0);
      continue;
    }
    const std::size_t floats = index(node.channels) * index(node.side) * index(node.side);
    lives[number] = {
        .floats = whole_cache_lines(floats), .born = static_cast<int>(number), .dies = static_cast<int>(number)};
    reads(input, static_cast<int>(number));
    reads(second, static_cast<int>(number));
    steps_.push_back({std::move(operation), input, second, number});
  }
  reads(image_, static_cast<int>(count));
  const runtime::Places placed = runtime::places_of(lives);
  places_.assign(placed.begin.begin(), placed.begin.end());
  size_ = static_cast<std::size_t>(placed.size);
  if (size_ > most_floats)
    throw Error("its maps need more than " + std::to_string(most_floats >> 18) + " MiB for an image");
}

Maps RuntimeGenerator::Plan::compute(const float* latents, std::size_t count) const {
  thread_local kernels::AlignedFloats memory;
  if (memory.size() < size_ * count) memory.resize(size_ * count);
  std::copy(latents, latents + count * latent_size(), maps(0, memory.data(), count).data);
  for (const Step& step : steps_)
    step.operation(maps(step.input, memory.data(), count), maps(step.second, memory.data(), count),
                   maps(step.output, memory.data(), count));
  return maps(image_, memory.data(), count);
}

std::shared_ptr<const RuntimeGenerator::Plan> RuntimeGenerator::plan_of(std::string_view bytes, std::string_view name) {
  const runtime::PlanFile file = runtime::plan_from_bytes(bytes, name);
  try {
    return std::make_shared<const Plan>(file);
  } catch (const Error& error) {
    throw Error("'" + std::string(name) + "': " + error.what());
  }
}

RuntimeGenerator::RuntimeGenerator(const std::filesystem::path& file) {
  std::error_code problem;
  const std::uintmax_t size = std::filesystem::file_size(file, problem);
  std::string bytes(problem ? 0 : size, '\0');
  std::ifstream stream(file, std::ios::binary);
  if (problem || !stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw Error("'" + file.string() + "' cannot be read");
  plan_ = plan_of(bytes, file.string());
}

RuntimeGenerator RuntimeGenerator::from_bytes(std::string_view bytes) {
  return RuntimeGenerator(plan_of(bytes, "the generator in memory"));
}

std::size_t RuntimeGenerator::latent_size() const { return plan_->latent_size(); }
std::size_t RuntimeGenerator::channels() const { return plan_->channels(); }
std::size_t RuntimeGenerator::side() const { return plan_->side(); }

void RuntimeGenerator::draw(const float* latents, std::size_t count, float* images) const {
  const std::size_t pixels = side() * side();
  plan_->compute_all(latents, count, [&](const Maps& drawn) {
    for (std::size_t image = 0; image < drawn.images; ++image)
      for (std::size_t c = 0; c < drawn.channels; ++c)
        for (std::size_t p = 0; p < pixels; ++p) *images++ = drawn.data[(image * pixels + p) * drawn.pixel + c];
  });
}

void RuntimeGenerator::draw_bytes(const float* latents, std::size_t count, std::uint8_t* pictures) const {
  plan_->compute_all(latents, count, [&](const Maps& drawn) {
    for (std::size_t p = 0; p < drawn.pixels(); ++p)
      for (std::size_t c = 0; c < drawn.channels; ++c) {
        const float level = std::nearbyint((drawn.data[p * drawn.pixel + c] + 1) * 127.5F);
        *pictures++ = static_cast<std::uint8_t>(level > 0 ? std::min(level, 255.F) : 0);  // NaN: 0
      }
  });
}

std::vector<float> RuntimeGenerator::random_latents(std::uint64_t seed) const {
  std::vector<float> latents(latent_size());
  const auto uniform = [&seed] {  // in (0, 1], by SplitMix64
    std::uint64_t z = (seed += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return (static_cast<double>((z ^ (z >> 31)) >> 11) + 1) / 9007199254740992.0;
  };
  for (float& latent : latents) {  // Box-Muller
    const double radius = std::sqrt(-2 * std::log(uniform()));
    latent = static_cast<float>(radius * std::cos(6.283185307179586 * uniform()));
  }
  return latents;
}

}  // namespace cspgan
