// Every convolution of the reference generator and of the strided3 discriminator at 128 pixels, forward and both
// gradients: the library's Convolution against LibTorch's functions on the same tensors, contiguous and channels_last,
// alternated. The script of the same name starts it and prints its lines as a table.
//   bench_kernels BATCH THREADS ROUNDS [PART_OF_A_LAYER'S_NAME]
// Writes one line per layer and pass, with fields separated by tabs: network, layer, how often the network has it,
// pass, our milliseconds (minimum, median), LibTorch's faster layout, its milliseconds (minimum, median), relative L2
// errors against float64 (ours, LibTorch's).
#include <ATen/Parallel.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

#include "cspgan/core/memory.hpp"
#include "cspgan/core/random.hpp"
#include "cspgan/nn/convolution.hpp"
#include "cspgan/nn/module_tools.hpp"
#include "serving.hpp"

namespace {

using namespace cspgan;

struct Layer {
  std::string network;
  std::int64_t count = 1;  // how often the network has it
  ConvolutionOptions options{};
  std::int64_t size = 0;  // side of the input, in pixels

  std::string name() const {
    const auto& o = options;
    return std::string(o.transposed ? "transposed " : "") + std::to_string(o.kernel) + "x" + std::to_string(o.kernel) +
           (o.stride > 1 ? " stride " + std::to_string(o.stride) : "") + ", " + std::to_string(o.in_channels) + " to " +
           std::to_string(o.out_channels) + " @ " + std::to_string(size);
  }
};

std::vector<Layer> layers() {
  const std::string generator = "generator";
  const std::string discriminator = "discriminator";
  std::vector<Layer> all;
  const auto up = [&](std::int64_t from, std::int64_t to, std::int64_t size, std::int64_t count) {
    all.push_back(
        {generator,
         count,
         {.in_channels = from, .out_channels = to, .kernel = 4, .stride = 2, .padding = 1, .transposed = true},
         size});
  };
  all.push_back({generator, 1, {.in_channels = 100, .out_channels = 1024, .kernel = 4, .transposed = true}, 1});
  for (std::int64_t half = 512, size = 4; half >= 64; half /= 2, size *= 2) {
    all.push_back({generator, 1, {.in_channels = half, .out_channels = half, .kernel = 1}, size});
    up(half, half, size, 2);
    all.push_back({generator, 2, {.in_channels = half, .out_channels = half, .padding = 1}, 2 * size});
  }
  up(64, 3, 64, 1);
  for (std::int64_t from = 3, to = 64, size = 128; size > 4; from = to, to *= 2, size /= 2)
    all.push_back({discriminator, 1, {.in_channels = from, .out_channels = to, .stride = 2, .padding = 1}, size});
  all.push_back({discriminator, 1, {.in_channels = 1024, .out_channels = 1, .kernel = 4}, 4});
  return all;
}

/// The tensors that a pass needs, in one layout and type.
struct Operands {
  Tensor input;
  Tensor weight;
  Tensor bias;
  Tensor output_gradient;

  Operands as(at::MemoryFormat format) const {
    const auto laid_out = [format](const Tensor& tensor) { return tensor.clone(format); };
    return {laid_out(input), laid_out(weight), bias, laid_out(output_gradient)};
  }
  Operands as(at::ScalarType type) const {
    return {input.to(type), weight.to(type), bias.to(type), output_gradient.to(type)};
  }
};

enum class Pass { forward, input_gradient, weight_gradient };
constexpr std::array passes{std::pair{Pass::forward, "forward"}, std::pair{Pass::input_gradient, "gradient of input"},
                            std::pair{Pass::weight_gradient, "gradient of weight"}};

using Work = std::function<Tensor()>;

Work libtorch(Pass pass, const ConvolutionOptions& o, Operands operands) {
  return [pass, o, operands = std::move(operands)] {
    const auto& [input, weight, bias, output_gradient] = operands;
    const c10::AutoGradMode no_graph(false);
    const std::array<std::int64_t, 2> stride{o.stride, o.stride};
    const std::array<std::int64_t, 2> padding{o.padding, o.padding};
    const std::array<std::int64_t, 2> dilation{1, 1};
    const std::array<std::int64_t, 2> output_padding{0, 0};
    if (pass == Pass::forward)
      return o.transposed ? at::conv_transpose2d(input, weight, bias, stride, padding)
                          : at::conv2d(input, weight, bias, stride, padding);
    const bool of_input = pass == Pass::input_gradient;
    const auto gradients =
        at::convolution_backward(output_gradient, input, weight, c10::nullopt, stride, padding, dilation, o.transposed,
                                 output_padding, 1, {of_input, !of_input, false});
    return of_input ? std::get<0>(gradients) : std::get<1>(gradients);
  };
}

/// The gradients as in a training step: from the graph of a forward pass that is not timed.
Work ours(Pass pass, Convolution convolution, const Operands& operands) {
  const Tensor input = operands.input.detach().requires_grad_(pass == Pass::input_gradient);
  convolution->weight.requires_grad_(pass == Pass::weight_gradient);
  convolution->bias.requires_grad_(false);
  if (pass == Pass::forward)
    return [convolution, input]() mutable {
      const c10::AutoGradMode no_graph(false);
      return convolution->forward(input);
    };
  const Tensor by = pass == Pass::input_gradient ? input : convolution->weight;
  return [output = convolution->forward(input), by, output_gradient = operands.output_gradient] {
    return torch::autograd::grad({output}, {by}, {output_gradient}, /*retain_graph=*/true).front();
  };
}

struct Timed {
  std::string name;
  Work work;
  std::vector<double> seconds{};

  double minimum() const { return *std::min_element(seconds.begin(), seconds.end()); }
  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return (sorted[(sorted.size() - 1) / 2] + sorted[sorted.size() / 2]) / 2;
  }
};

void alternate(std::vector<Timed>& sides, int rounds) {
  for (const Timed& side : sides) side.work();  // the first call creates what later calls reuse
  for (int round = 0; round < rounds; ++round)
    for (Timed& side : sides) side.seconds.push_back(bench::seconds_of([&] { side.work(); }));
}

double relative_error(const Tensor& result, const Tensor& exact) {
  return (at::linalg_vector_norm(result.to(at::kDouble) - exact) / at::linalg_vector_norm(exact)).item<double>();
}

void measure(const Layer& layer, std::int64_t batch, int rounds) {
  TensorRandom random(1, at::kCPU);
  const auto& o = layer.options;
  Convolution convolution(o);
  const c10::AutoGradMode no_graph(false);
  Operands contiguous{random.normal({batch, o.in_channels, layer.size, layer.size}),
                      convolution->weight.detach(),
                      convolution->bias.detach(),
                      {}};
  contiguous.output_gradient = random.normal(libtorch(Pass::forward, o, contiguous)().sizes());
  const Operands channels_last = contiguous.as(at::MemoryFormat::ChannelsLast);
  use_channels_last(*convolution);

  for (const auto& [pass, name] : passes) {
    std::vector<Timed> sides;
    {
      const c10::AutoGradMode graph(true);
      sides.push_back({"cspgan", ours(pass, convolution, channels_last)});
    }
    sides.push_back({"contiguous", libtorch(pass, o, contiguous)});
    sides.push_back({"channels_last", libtorch(pass, o, channels_last)});
    alternate(sides, rounds);

    const Timed& own = sides[0];
    const Timed& best = sides[1].minimum() < sides[2].minimum() ? sides[1] : sides[2];
    const Tensor exact = libtorch(pass, o, contiguous.as(at::kDouble))();
    std::cout << layer.network << '\t' << layer.name() << '\t' << layer.count << '\t' << name << '\t'
              << own.minimum() * 1e3 << '\t' << own.median() * 1e3 << '\t' << best.name << '\t' << best.minimum() * 1e3
              << '\t' << best.median() * 1e3 << '\t' << relative_error(own.work(), exact) << '\t'
              << relative_error(best.work(), exact) << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: bench_kernels BATCH THREADS ROUNDS [PART_OF_A_LAYER'S_NAME]\n";
    return 2;
  }
  try {
    keep_freed_memory();  // benefits LibTorch as much as us
    at::set_num_threads(std::stoi(argv[2]));
    std::vector<Layer> chosen = layers();
    if (argc > 4)
      std::erase_if(chosen, [&](const Layer& layer) { return layer.name().find(argv[4]) == std::string::npos; });
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      std::cerr << "layer " << i + 1 << " of " << chosen.size() << ": " << chosen[i].name() << std::endl;
      measure(chosen[i], std::stoll(argv[1]), std::stoi(argv[3]));
    }
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
