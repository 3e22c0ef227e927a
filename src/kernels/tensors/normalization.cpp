// Batch normalization as a differentiable function.
#include "kernels/tensors/normalization.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/where.h>
#include <ATen/record_function.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "kernels/table.hpp"
#include "kernels/tensors/activation.hpp"
#include "kernels/tensors/convolution.hpp"
#include "kernels/tensors/rows.hpp"

namespace cspgan::kernels {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool takes(const Tensor& input, const Tensor& weight, const Tensor& bias, const BatchNormState& state) {
  // A single row has no variance.
  if (!enabled() || !state.training || !has_rows(input) || input.numel() == input.size(1)) return false;
  for (const Tensor& values : {weight, bias, state.running_mean, state.running_var})
    if (!values.defined() || values.dim() != 1 || values.size(0) != input.size(1) || !values.is_contiguous() ||
        values.scalar_type() != at::kFloat || !values.device().is_cpu())
      return false;
  return true;
}

/// A value near each channel's mean, robust against single pixels: the median of a few rows.
std::vector<float> medians_of_some(const float* values, const Shape& shape) {
  constexpr std::size_t most = 9;
  const std::size_t rows = std::min(shape.rows, most);
  std::vector<float> medians(shape.channels);
  std::array<float, most> some{};
  for (std::size_t c = 0; c < shape.channels; ++c) {
    for (std::size_t row = 0; row < rows; ++row) some[row] = values[row * (shape.rows / rows) * shape.channels + c];
    std::nth_element(some.begin(), some.begin() + rows / 2, some.begin() + rows,
                     [](float a, float b) { return std::isnan(b) ? !std::isnan(a) : a < b; });
    medians[c] = some[rows / 2];
  }
  return medians;
}

/// What the normalization does to each channel: [4][C]: scale, shift, mean, 1 / standard deviation.
struct Coefficients {
  Tensor all;
  explicit Coefficients(Tensor tensor) : all(std::move(tensor)) {}
  float* row(std::int64_t index) const { return all.data_ptr<float>() + index * all.size(1); }
  float* scale() const { return row(0); }
  float* shift() const { return row(1); }
  float* mean() const { return row(2); }
  float* inverse_deviation() const { return row(3); }
};

/// One number per channel, in a shape that broadcasts with images.
Tensor of_channels(const Tensor& values) { return values.view({1, -1, 1, 1}); }
Tensor mean_of(const Tensor& images) { return images.mean({0, 2, 3}, /*keepdim=*/true); }

/// Maps dy to (dx, d weight, d bias); itself differentiable.
struct Gradient : torch::autograd::Function<Gradient> {
  static variable_list forward(AutogradContext* context, const Tensor& dy, const Tensor& x, const Tensor& weight,
                               const Tensor& coefficients, double slope, double epsilon) {
    RECORD_FUNCTION("cspgan: gradient of batch norm", c10::ArrayRef<const c10::IValue>{});
    context->save_for_backward({dy, x, weight, coefficients});
    context->saved_data["slope"] = slope;
    context->saved_data["epsilon"] = epsilon;
    const Shape shape(x);
    const Coefficients c(coefficients);
    const NormGradient problem{.dy = dy.data_ptr<float>(),
                               .x = x.data_ptr<float>(),
                               .scale = c.scale(),
                               .shift = c.shift(),
                               .mean = c.mean(),
                               .slope = static_cast<float>(slope)};
    const auto from = [&](std::size_t row) {
      NormGradient part = problem;
      part.dy += row * shape.channels;
      part.x += row * shape.channels;
      return part;
    };
    const std::vector<double> sums =
        sums_of(shape.rows, 2 * shape.channels, [&](std::size_t row, std::size_t rows, float* to) {
          table().norm_gradient_sums(from(row), rows, shape.channels, to);
        });

    const Tensor dx = at::empty_like(x);
    const Tensor dweight = at::empty_like(weight);
    const Tensor dbias = at::empty_like(weight);
    std::vector<float> of_x(shape.channels);
    std::vector<float> constant(shape.channels);
    for (std::size_t i = 0; i < shape.channels; ++i) {
      const double inverse = c.inverse_deviation()[i];
      const double scale = c.scale()[i];
      const auto count = static_cast<double>(shape.rows);
      dbias.data_ptr<float>()[i] = static_cast<float>(sums[i]);
      dweight.data_ptr<float>()[i] = static_cast<float>(inverse * sums[shape.channels + i]);
      of_x[i] = static_cast<float>(-scale * inverse * inverse * sums[shape.channels + i] / count);
      constant[i] = static_cast<float>(-scale * sums[i] / count);
    }
    in_pieces(shape.rows, [&](std::size_t row, std::size_t rows) {
      table().norm_gradient_apply(from(row), of_x.data(), constant.data(), rows, shape.channels,
                                  dx.data_ptr<float>() + row * shape.channels);
    });
    return {dx, dweight, dbias};
  }

  // With h = (x - mean) r, r = 1 / deviation, g = dy before the activation, <.> means over a channel:
  // dx = weight r (g - <g> - h <g h>), d weight = sum g h, d bias = sum g. Below, u, s, t are the gradients of these.
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& dy = saved[0];
    const Tensor& x = saved[1];
    const Tensor& weight = saved[2];
    const double slope = context->saved_data["slope"].toDouble();
    const Tensor c = saved[3];
    const Tensor mask = [&] {
      const Tensor pre = x.detach() * of_channels(c[0]) + of_channels(c[1]);
      return at::where(pre > 0, 1.0, slope).to(x.scalar_type());
    }();
    Tensor mean = of_channels(c[2]);
    Tensor inverse = of_channels(c[3]);
    if (at::GradMode::is_enabled()) {  // for higher derivatives, which depend on x
      mean = mean_of(x);
      inverse = (mean_of((x - mean).square()) + context->saved_data["epsilon"].toDouble()).rsqrt();
    }
    const Tensor h = (x - mean) * inverse;
    const Tensor g = dy * mask;
    const Tensor mean_g = mean_of(g);
    const Tensor mean_gh = mean_of(g * h);

    const Tensor gamma = of_channels(weight);
    const Tensor& u = gradients[0];  // LibTorch passes zeros for gradients that are not needed
    const Tensor s = of_channels(gradients[1]);
    const Tensor t = of_channels(gradients[2]);
    const Tensor mean_u = mean_of(u);
    const Tensor mean_uh = mean_of(u * h);
    // The mean of the product of u and dx / weight.
    const Tensor mean_product = inverse * (mean_of(u * g) - mean_u * mean_g - mean_uh * mean_gh);
    const Tensor of_h = -gamma * inverse * (u * mean_gh + g * mean_uh) + s * g;
    const Tensor of_x = inverse * (of_h - mean_of(of_h) - h * mean_of(of_h * h)) - gamma * inverse * h * mean_product;
    const Tensor of_g = gamma * inverse * (u - mean_u - h * mean_uh) + s * h + t;
    const auto count = static_cast<double>(x.numel() / x.size(1));
    return {of_g * mask, of_x, (count * mean_product).flatten(), Tensor(), Tensor(), Tensor()};
  }
};

struct Normalized : torch::autograd::Function<Normalized> {
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight, const Tensor& bias,
                        const Tensor& running_mean, const Tensor& running_var, double momentum, double epsilon,
                        double slope) {
    RECORD_FUNCTION("cspgan: batch norm", c10::ArrayRef<const c10::IValue>{});
    const Shape shape(x);
    const float* values = x.data_ptr<float>();
    const std::vector<float> pivot = medians_of_some(values, shape);
    const std::vector<double> sums =
        sums_of(shape.rows, 2 * shape.channels, [&](std::size_t row, std::size_t rows, float* to) {
          table().norm_statistics(values + row * shape.channels, pivot.data(), rows, shape.channels, to);
        });

    const Coefficients c(at::empty({4, x.size(1)}, x.options(), at::MemoryFormat::Contiguous));
    const auto count = static_cast<double>(shape.rows);
    for (std::size_t i = 0; i < shape.channels; ++i) {
      const double from_pivot = sums[i] / count;
      const double mean = pivot[i] + from_pivot;
      const double variance = std::max(sums[shape.channels + i] / count - from_pivot * from_pivot, 0.0);
      const double inverse = 1 / std::sqrt(variance + epsilon);
      const double scale = weight.data_ptr<float>()[i] * inverse;
      c.scale()[i] = static_cast<float>(scale);
      c.shift()[i] = static_cast<float>(bias.data_ptr<float>()[i] - mean * scale);
      c.mean()[i] = static_cast<float>(mean);
      c.inverse_deviation()[i] = static_cast<float>(inverse);
      float& running = running_mean.data_ptr<float>()[i];
      running = static_cast<float>(running + momentum * (mean - running));
      float& running_variance = running_var.data_ptr<float>()[i];
      running_variance =
          static_cast<float>(running_variance + momentum * (variance * count / (count - 1) - running_variance));
    }
    const Tensor y = at::empty_like(x);
    in_pieces(shape.rows, [&](std::size_t row, std::size_t rows) {
      table().norm_apply(values + row * shape.channels, c.scale(), c.shift(), static_cast<float>(slope), rows,
                         shape.channels, y.data_ptr<float>() + row * shape.channels);
    });
    context->save_for_backward({x, weight, c.all});
    context->saved_data["slope"] = slope;
    context->saved_data["epsilon"] = epsilon;
    return y;
  }
  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const variable_list parts =
        Gradient::apply(gradients[0].contiguous(at::MemoryFormat::ChannelsLast), saved[0], saved[1], saved[2],
                        context->saved_data["slope"].toDouble(), context->saved_data["epsilon"].toDouble());
    return {parts[0], parts[1], parts[2], Tensor(), Tensor(), Tensor(), Tensor(), Tensor()};
  }
};

}  // namespace

Tensor batch_norm(const Tensor& input, const Tensor& weight, const Tensor& bias, const BatchNormState& state,
                  double slope) {
  if (takes(input, weight, bias, state))
    return Normalized::apply(input, weight, bias, state.running_mean, state.running_var, state.momentum, state.epsilon,
                             slope);
  const Tensor normal = at::batch_norm(input, weight, bias, state.running_mean, state.running_var, state.training,
                                       state.momentum, state.epsilon, /*cudnn_enabled=*/true);
  return activate_in_place(normal, slope);
}

}  // namespace cspgan::kernels
