// Convolutions as differentiable functions.
//
// A plain convolution, its transpose and the gradient of its weight are the three derivatives of one trilinear form
// <y, convolution(x, w)>: the gradients of each are the other two. So these three functions are closed under
// differentiation, which is all that penalties on gradients need.
#include "kernels/tensors/convolution.hpp"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/convolution.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "kernels/direct_convolution.hpp"
#include "kernels/fast_convolution.hpp"
#include "kernels/tensors/activation.hpp"
#include "kernels/thin_convolution.hpp"

namespace cspgan::kernels {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

std::size_t threads_of_torch() {
  return at::in_parallel_region() ? 1 : static_cast<std::size_t>(at::get_num_threads());
}

void run_on_threads_of_torch(std::size_t threads, void (*work)(void* context, std::size_t thread), void* context) {
  at::parallel_for(0, static_cast<std::int64_t>(threads), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t thread = begin; thread < end; ++thread) work(context, static_cast<std::size_t>(thread));
  });
}

[[maybe_unused]] const bool uses_threads_of_torch =
    (threads_of_program = {threads_of_torch, run_on_threads_of_torch}, true);

/// The sizes of the plain convolution: x [N, in, height, width], w [out, in, kernel, kernel].
struct ConvolutionSizes {
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t padding;
  std::int64_t height;  // of x
  std::int64_t width;
  at::MemoryFormat weight_format;

  /// A transpose of stride 1 is the same convolution with reversed taps; weight_of() reverses them.
  Geometry geometry(bool transposed) const {
    return {.kernel = static_cast<std::size_t>(kernel),
            .stride = static_cast<std::size_t>(stride),
            .padding = static_cast<std::size_t>(padding),
            .transposed = transposed && stride > 1};
  }
  std::int64_t output(std::int64_t size) const { return (size + 2 * padding - kernel) / stride + 1; }
};

/// Whether the memory of the tensor holds its values.
bool is_plain(const Tensor& tensor) { return !tensor.is_neg() && !tensor._is_zerotensor(); }

bool has_layout(const Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == 4 && tensor.numel() > 0 &&
         (tensor.size(1) == 1 || tensor.stride(1) == 1) && !tensor.is_contiguous(at::MemoryFormat::Contiguous) &&
         is_plain(tensor);
}

bool has_shape(const ConvolutionSizes& sizes) {
  return sizes.height > 1 && sizes.width > 1 && algorithm_of(sizes.geometry(false)).has_value();
}

/// Whether the fast algorithms support a convolution of `images` with these channels.
bool takes_fast(const ConvolutionSizes& sizes, const Tensor& images, std::int64_t in, std::int64_t out) {
  // For a few tiles and a large weight, transforming the weight costs more than it saves.
  constexpr std::int64_t few_tiles = 8;
  constexpr std::int64_t large_weight = 1 << 16;
  const std::int64_t tiles = (images.dim() == 4 ? images.size(0) : 0) * ((sizes.output(sizes.height) + 3) / 4) *
                             ((sizes.output(sizes.width) + 3) / 4);
  const bool pays = sizes.stride == 1 || tiles >= few_tiles || in * out < large_weight;
  return pays && enabled() && has_shape(sizes) && in >= fewest_channels && out >= fewest_channels && has_layout(images);
}

bool is_thin(std::int64_t channels) { return channels <= static_cast<std::int64_t>(most_thin_channels); }

/// Whether convolve_to_thin() supports `images`. Without vector instructions a block is narrower than a few channels.
bool takes_to_thin(const ConvolutionSizes& sizes, bool transposed, const Tensor& images, std::int64_t to) {
  return enabled() && is_thin(to) && to <= static_cast<std::int64_t>(table().width) && has_shape(sizes) &&
         (transposed || sizes.stride == 1) && has_layout(images) && images.size(1) >= fewest_channels &&
         images.stride(2) == images.size(3) * images.stride(3);
}

/// Whether thin_weight_gradient() supports them.
bool takes_from_thin(const ConvolutionSizes& sizes, const Tensor& thin, const Tensor& other) {
  return enabled() && is_thin(thin.size(1)) && has_shape(sizes) && has_layout(thin) && has_layout(other) &&
         other.size(1) >= fewest_channels;
}

/// Whether our kernels support any pass of a convolution; then all passes go through our functions.
bool takes(const ConvolutionSizes& sizes, const Tensor& input, std::int64_t in, std::int64_t out) {
  const bool thin = is_thin(std::min(in, out)) && std::max(in, out) >= fewest_channels;
  return takes_fast(sizes, input, in, out) || (thin && enabled() && has_shape(sizes) && has_layout(input));
}

ImageView view_of(const Tensor& images) {
  return {.data = images.data_ptr<float>(),
          .image = images.stride(0),
          .row = images.stride(2),
          .pixel = images.stride(3),
          .height = images.size(2),
          .width = images.size(3),
          .channels = images.size(1)};
}

Tensor empty_images(const Tensor& like, std::int64_t channels, std::int64_t height, std::int64_t width) {
  return at::empty({like.size(0), channels, height, width}, like.options(), at::MemoryFormat::ChannelsLast);
}

Epilogue epilogue_of(const Tensor& bias, double slope) {
  return {.bias = bias.defined() ? bias.data_ptr<float>() : nullptr, .slope = static_cast<float>(slope)};
}

std::optional<Tensor> optional(const Tensor& tensor) {
  return tensor.defined() ? std::optional<Tensor>(tensor) : std::nullopt;
}

// ---- The three functions on values

enum class Function { down, up, weight_gradient };

const char* name_of(Function function, const ConvolutionSizes& sizes) {
  static constexpr const char* names[3][3] = {
      {"cspgan: convolution 3x3", "cspgan: convolution 3x3 / 2", "cspgan: convolution 4x4 / 2"},
      {"cspgan: transposed convolution 3x3", "cspgan: transposed convolution 3x3 / 2",
       "cspgan: transposed convolution 4x4 / 2"},
      {"cspgan: gradient of weight 3x3", "cspgan: gradient of weight 3x3 / 2", "cspgan: gradient of weight 4x4 / 2"}};
  return names[static_cast<std::size_t>(function)][sizes.kernel == 4 ? 2 : sizes.stride - 1];
}

std::size_t count_of(const Tensor& images) { return static_cast<std::size_t>(images.size(0)); }

/// A view of a weight that has the plain convolution's output channels first.
WeightView plain_weight(const Tensor& w) {
  return {w.data_ptr<float>(), w.stride(1), w.stride(0), w.stride(2), w.stride(3)};
}

/// If has_shape().
Algorithm algorithm_of(const ConvolutionSizes& sizes, bool transposed) {
  return *algorithm_of(sizes.geometry(transposed));
}

/// The weight in the form that algorithm_of() and ConvolutionSizes::geometry() take.
WeightView weight_of(const ConvolutionSizes& sizes, bool transposed, const Tensor& w) {
  if (!transposed) return plain_weight(w);
  const WeightView turned_over = plain_weight(w).transposed();
  return sizes.stride == 1 ? turned_over.turned(static_cast<std::size_t>(sizes.kernel)) : turned_over;
}

/// Computes by the chosen method.
void convolve(const ConvolutionSizes& sizes, bool transposed, bool to_thin, const Tensor& input, const Tensor& w,
              const Tensor& output, const Epilogue& epilogue) {
  const WeightView weight = weight_of(sizes, transposed, w);
  if (to_thin)
    convolve_to_thin(sizes.geometry(transposed), view_of(input), weight, view_of(output), count_of(input), epilogue);
  else
    convolve(algorithm_of(sizes, transposed), view_of(input), weight, view_of(output), count_of(input), epilogue);
}

Tensor compute_down(const ConvolutionSizes& sizes, const Tensor& x, const Tensor& w, const Tensor& bias, double slope) {
  const bool to_thin = takes_to_thin(sizes, false, x, w.size(0));
  if (!to_thin && !takes_fast(sizes, x, w.size(1), w.size(0)))
    return activate_in_place(at::convolution(x, w, optional(bias), {sizes.stride, sizes.stride},
                                             {sizes.padding, sizes.padding}, {1, 1}, false, {0, 0}, 1),
                             slope);
  RECORD_FUNCTION(name_of(Function::down, sizes), c10::ArrayRef<const c10::IValue>{});
  const Tensor y = empty_images(x, w.size(0), sizes.output(x.size(2)), sizes.output(x.size(3)));
  convolve(sizes, false, to_thin, x, w, y, epilogue_of(bias, slope));
  return y;
}

Tensor compute_up(const ConvolutionSizes& sizes, const Tensor& y, const Tensor& w, const Tensor& bias, double slope) {
  const bool to_thin = takes_to_thin(sizes, true, y, w.size(1));
  if (!to_thin && !takes_fast(sizes, y, w.size(1), w.size(0))) {
    const std::int64_t least_height = (y.size(2) - 1) * sizes.stride - 2 * sizes.padding + sizes.kernel;
    const std::int64_t least_width = (y.size(3) - 1) * sizes.stride - 2 * sizes.padding + sizes.kernel;
    return activate_in_place(
        at::convolution(y, w, optional(bias), {sizes.stride, sizes.stride}, {sizes.padding, sizes.padding}, {1, 1},
                        true, {sizes.height - least_height, sizes.width - least_width}, 1),
        slope);
  }
  RECORD_FUNCTION(name_of(Function::up, sizes), c10::ArrayRef<const c10::IValue>{});
  const Tensor x = empty_images(y, w.size(1), sizes.height, sizes.width);
  convolve(sizes, true, to_thin, y, w, x, epilogue_of(bias, slope));
  return x;
}

Tensor compute_weight_gradient(const ConvolutionSizes& sizes, const Tensor& x, const Tensor& y) {
  const std::vector<std::int64_t> shape{y.size(1), x.size(1), sizes.kernel, sizes.kernel};
  const Tensor w = at::empty(shape, x.options(), sizes.weight_format);
  const bool from_thin = takes_from_thin(sizes, x, y);
  // With stride 1, the same convolution with reversed taps maps y to x.
  const bool to_thin = sizes.kernel == 3 && sizes.stride == 1 && takes_from_thin(sizes, y, x);
  if (!from_thin && !to_thin && !(takes_fast(sizes, x, x.size(1), y.size(1)) && has_layout(y)))
    return std::get<1>(at::convolution_backward(y, x, w, std::nullopt, {sizes.stride, sizes.stride},
                                                {sizes.padding, sizes.padding}, {1, 1}, false, {0, 0}, 1,
                                                {false, true, false}));
  RECORD_FUNCTION(name_of(Function::weight_gradient, sizes), c10::ArrayRef<const c10::IValue>{});
  if (from_thin)
    thin_weight_gradient(sizes.geometry(false), view_of(x), view_of(y), count_of(x), plain_weight(w));
  else if (to_thin)
    thin_weight_gradient(sizes.geometry(false), view_of(y), view_of(x), count_of(x),
                         plain_weight(w).turned(3).transposed());
  else
    convolve_weight_gradient(algorithm_of(sizes, false), view_of(x), view_of(y), count_of(x), plain_weight(w));
  return w;
}

// ---- The same, differentiable

Tensor down(const ConvolutionSizes& sizes, const Tensor& x, const Tensor& w);
Tensor up(const ConvolutionSizes& sizes, const Tensor& y, const Tensor& w);
Tensor weight_gradient(const ConvolutionSizes& sizes, const Tensor& x, const Tensor& y);

void keep(AutogradContext* context, const ConvolutionSizes& sizes) {
  context->saved_data["sizes"] =
      std::vector<std::int64_t>{sizes.kernel, sizes.stride, sizes.padding,
                                sizes.height, sizes.width,  static_cast<std::int64_t>(sizes.weight_format)};
}
ConvolutionSizes kept(AutogradContext* context) {
  const std::vector<std::int64_t> values = context->saved_data["sizes"].toIntVector();
  return {values[0], values[1], values[2], values[3], values[4], static_cast<at::MemoryFormat>(values[5])};
}

/// Gradients of our kernels' outputs may have any layout.
Tensor in_layout(const Tensor& gradient) {
  return gradient.dim() == 4 && gradient.device().is_cpu() ? gradient.contiguous(at::MemoryFormat::ChannelsLast)
                                                           : gradient;
}

struct WeightGradientFunction : torch::autograd::Function<WeightGradientFunction> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& y, const ConvolutionSizes& sizes) {
    keep(context, sizes);
    context->save_for_backward({x, y});
    return compute_weight_gradient(sizes, x, y);
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const ConvolutionSizes sizes = kept(context);
    const variable_list saved = context->get_saved_variables();
    Tensor of_x, of_y;
    if (context->needs_input_grad(0)) of_x = up(sizes, saved[1], gradients[0]);
    if (context->needs_input_grad(1)) of_y = down(sizes, saved[0], gradients[0]);
    return {of_x, of_y, Tensor()};
  }
};

/// A plain or a transposed convolution with everything that is fused to it.
template <bool kUp>
struct Activated : torch::autograd::Function<Activated<kUp>> {
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& w,
                        const std::optional<Tensor>& bias, double slope, const ConvolutionSizes& sizes) {
    keep(context, sizes);
    context->saved_data["bias"] = bias.has_value();
    context->saved_data["slope"] = slope;
    const Tensor added = bias.value_or(Tensor());
    const Tensor output = kUp ? compute_up(sizes, input, w, added, slope) : compute_down(sizes, input, w, added, slope);
    context->save_for_backward({input, w, slope == 1 ? Tensor() : output});
    return output;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const ConvolutionSizes sizes = kept(context);
    const double slope = context->saved_data["slope"].toDouble();
    const variable_list saved = context->get_saved_variables();
    const bool has_bias = context->saved_data["bias"].toBool() && context->needs_input_grad(2);
    const auto [gradient, of_bias] = gradient_before_activation(in_layout(gradients[0]), saved[2], slope, has_bias);
    Tensor of_input, of_w;
    if (context->needs_input_grad(0)) of_input = kUp ? down(sizes, gradient, saved[1]) : up(sizes, gradient, saved[1]);
    if (context->needs_input_grad(1))
      of_w = kUp ? weight_gradient(sizes, gradient, saved[0]) : weight_gradient(sizes, saved[0], gradient);
    return {of_input, of_w, of_bias, Tensor(), Tensor()};
  }
};

Tensor down(const ConvolutionSizes& sizes, const Tensor& x, const Tensor& w) {
  return Activated<false>::apply(x, w, std::nullopt, 1.0, sizes);
}
Tensor up(const ConvolutionSizes& sizes, const Tensor& y, const Tensor& w) {
  return Activated<true>::apply(y, w, std::nullopt, 1.0, sizes);
}
Tensor weight_gradient(const ConvolutionSizes& sizes, const Tensor& x, const Tensor& y) {
  return WeightGradientFunction::apply(x, y, sizes);
}

}  // namespace

bool enabled() {
  static const bool on = [] {
    const char* variable = std::getenv("CSPGAN_KERNELS");
    const std::string_view setting = variable == nullptr ? "on" : variable;
    constexpr std::array<std::string_view, 7> known{"", "on", "off", "AVX3", "AVX2", "SSE4", "NEON"};
    TORCH_CHECK_VALUE(std::find(known.begin(), known.end(), setting) != known.end(), "CSPGAN_KERNELS is '", setting,
                      "', but must be on, off, or the best instruction set to use: AVX3, AVX2, SSE4 or NEON");
    return setting != "off";
  }();
  return on;
}

namespace {

ConvolutionSizes sizes_of(const Tensor& input, const Tensor& weight, const ConvolutionGeometry& g) {
  ConvolutionSizes sizes{g.kernel, g.stride, g.padding, 0, 0, weight.suggest_memory_format()};
  if (input.dim() == 4) {
    const auto size = [&](std::int64_t from) {
      return g.transposed ? (from - 1) * g.stride - 2 * g.padding + g.kernel + g.output_padding : from;
    };
    sizes.height = size(input.size(2));
    sizes.width = size(input.size(3));
  }
  return sizes;
}

/// Whether shapes, types and devices fit as LibTorch requires, and autocast is off.
bool fits(const Tensor& input, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& g) {
  const auto of_type = [&](const Tensor& tensor) {
    return tensor.scalar_type() == input.scalar_type() && tensor.device() == input.device() && is_plain(tensor);
  };
  return input.dim() == 4 && weight.dim() == 4 && of_type(weight) &&
         input.size(1) == weight.size(g.transposed ? 0 : 1) && weight.size(2) == g.kernel &&
         weight.size(3) == g.kernel && g.output_padding < g.stride &&
         (!bias.defined() || (bias.dim() == 1 && bias.size(0) == weight.size(g.transposed ? 1 : 0) &&
                              bias.is_contiguous() && of_type(bias))) &&
         !at::autocast::is_autocast_enabled(at::kCPU);
}

/// Whether each output sees all inputs or, transposed, each input reaches all outputs: from one pixel or to one.
bool is_whole(const Tensor& input, const Tensor& weight, const ConvolutionGeometry& g) {
  const std::int64_t side = g.transposed ? 1 : g.kernel;
  return enabled() && g.kernel > 1 && g.padding == 0 && g.output_padding == 0 && input.size(2) == side &&
         input.size(3) == side && input.device().is_cpu() && weight.is_contiguous(at::MemoryFormat::ChannelsLast);
}

/// Then it is one matrix product, of values that lie as it wants them in channels_last.
Tensor whole(const Tensor& input, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& g) {
  const Tensor rows = input.permute({0, 2, 3, 1}).flatten(1);
  const Tensor taps = weight.permute({0, 2, 3, 1}).flatten(1);  // [in, k * k * out] or [out, k * k * in]
  const Tensor factor = g.transposed ? taps : taps.t();
  const std::int64_t side = g.transposed ? g.kernel : 1;
  const Tensor product = bias.defined() ? at::addmm(bias.repeat({side * side}), rows, factor) : at::mm(rows, factor);
  return product.view({input.size(0), side, side, product.size(1) / (side * side)}).permute({0, 3, 1, 2});
}

}  // namespace

Tensor convolution(const Tensor& input, const Tensor& weight, const Tensor& bias, const ConvolutionGeometry& g,
                   double slope) {
  const ConvolutionSizes sizes = sizes_of(input, weight, g);
  const bool ours = fits(input, weight, bias, g);
  if (ours && is_whole(input, weight, g)) return activate_in_place(whole(input, weight, bias, g), slope);
  if (!ours ||
      !takes(sizes, input, weight.size(1), weight.size(0)))  // LibTorch's functions, with autocast and their errors
    return activate_in_place(
        g.transposed ? at::conv_transpose2d(input, weight, optional(bias), g.stride, g.padding, g.output_padding)
                     : at::conv2d(input, weight, optional(bias), g.stride, g.padding),
        slope);
  return g.transposed ? Activated<true>::apply(input, weight, optional(bias), slope, sizes)
                      : Activated<false>::apply(input, weight, optional(bias), slope, sizes);
}

PreparedWeight prepare(const Tensor& weight, const ConvolutionGeometry& g) {
  PreparedWeight prepared;
  const ConvolutionSizes sizes{g.kernel, g.stride, g.padding, 2, 2, at::MemoryFormat::ChannelsLast};
  if (!enabled() || !has_shape(sizes) || !weight.device().is_cpu() || weight.scalar_type() != at::kFloat ||
      !is_plain(weight) || std::min(weight.size(0), weight.size(1)) < fewest_channels)
    return prepared;
  const auto from = static_cast<std::size_t>(weight.size(g.transposed ? 0 : 1));
  const auto to = static_cast<std::size_t>(weight.size(g.transposed ? 1 : 0));
  const auto floats = [&](std::size_t count) {
    return at::empty({static_cast<std::int64_t>(count)}, weight.options());
  };
  const Algorithm algorithm = algorithm_of(sizes, g.transposed);
  const WeightView view = weight_of(sizes, g.transposed, weight);
  if (const std::size_t size = transformed_floats(algorithm, from, to); size > 0) {
    prepared.transformed = floats(size);
    transform(algorithm, view, from, to, prepared.transformed.data_ptr<float>());
  } else {
    const Geometry geometry = sizes.geometry(g.transposed);
    prepared.packed = floats(packed_floats(geometry, from, to));
    pack(geometry, view, from, to, prepared.packed.data_ptr<float>());
  }
  return prepared;
}

Tensor convolution(const Tensor& input, const Tensor& weight, const PreparedWeight& prepared, const Tensor& bias,
                   const ConvolutionGeometry& g, double slope) {
  const ConvolutionSizes sizes = sizes_of(input, weight, g);
  // Up to this number of outputs per phase, a large weight is faster untransformed than transformed at each call.
  constexpr std::int64_t few_pixels = 128;
  const std::int64_t height = g.transposed ? sizes.height : sizes.output(sizes.height);
  const std::int64_t width = g.transposed ? sizes.width : sizes.output(sizes.width);
  const std::int64_t phases = g.transposed ? sizes.stride * sizes.stride : 1;
  const bool few = prepared.packed.defined() && input.size(0) * height * width <= few_pixels * phases;
  if ((!few && !prepared.transformed.defined()) || !fits(input, weight, bias, g) || !has_shape(sizes) ||
      !has_layout(input))
    return convolution(input, weight, bias, g, slope);
  RECORD_FUNCTION(name_of(g.transposed ? Function::up : Function::down, sizes), c10::ArrayRef<const c10::IValue>{});
  const Tensor output = empty_images(input, weight.size(g.transposed ? 1 : 0), height, width);
  const Epilogue epilogue = epilogue_of(bias, slope);
  if (prepared.transformed.defined())
    convolve(algorithm_of(sizes, g.transposed), view_of(input), prepared.transformed.const_data_ptr<float>(),
             view_of(output), count_of(input), epilogue);
  else
    convolve_directly(sizes.geometry(g.transposed), view_of(input), prepared.packed.const_data_ptr<float>(),
                      view_of(output), count_of(input), epilogue);
  return output;
}

}  // namespace cspgan::kernels
