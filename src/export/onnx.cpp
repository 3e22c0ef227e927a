// ONNX (onnx.proto3 of the ONNX project), written as the bytes of Protocol Buffers: LibTorch exports the symbols of its
// own protobuf, so a second one must not be in the process.
#include "cspgan/export/onnx.hpp"

#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "core/checks.hpp"
#include "cspgan/version.hpp"

namespace cspgan {

namespace {

/// A message of Protocol Buffers. Fields are written in the order of the calls.
class Message {
 public:
  Message& integer(int field, std::int64_t value) {
    key(field, 0);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& real(int field, float value) {
    key(field, 5);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    bytes_.append(bytes, sizeof bytes);  // little-endian, like every machine that the kernels know
    return *this;
  }
  Message& text(int field, std::string_view value) {
    key(field, 2);
    varint(value.size());
    bytes_ += value;
    return *this;
  }
  Message& message(int field, const Message& value) { return text(field, value.bytes_); }
  Message& repeated(int field, const std::vector<std::int64_t>& values) {
    for (const std::int64_t value : values) integer(field, value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void key(int field, unsigned wire_type) { varint(static_cast<unsigned>(field) << 3 | wire_type); }
  void varint(std::uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_.push_back(static_cast<char>((value & 127) | 128));
    bytes_.push_back(static_cast<char>(value));
  }

  std::string bytes_;
};

// TensorProto.DataType and AttributeProto.AttributeType
constexpr std::int64_t type_float = 1, type_uint8 = 2, type_int64 = 7, type_half = 10;
constexpr std::int64_t attribute_float = 1, attribute_int = 2, attribute_string = 3, attribute_ints = 7;

Message attribute(std::string_view name, std::int64_t value) {
  return Message().text(1, name).integer(3, value).integer(20, attribute_int);
}
Message attribute(std::string_view name, float value) {
  return Message().text(1, name).real(2, value).integer(20, attribute_float);
}
Message attribute(std::string_view name, std::string_view value) {
  return Message().text(1, name).text(4, value).integer(20, attribute_string);
}
Message attribute(std::string_view name, const std::vector<std::int64_t>& values) {
  return Message().text(1, name).repeated(8, values).integer(20, attribute_ints);
}

/// A ValueInfoProto of a tensor whose first dimension, 0, is named "batch".
Message value_info(std::string_view name, std::int64_t type, const std::vector<std::int64_t>& sizes) {
  Message shape;
  for (const std::int64_t size : sizes)
    shape.message(1, size == 0 ? Message().text(2, "batch") : Message().integer(1, size));
  return Message().text(1, name).message(2, Message().message(1, Message().integer(1, type).message(2, shape)));
}

class OnnxWriter {
 public:
  OnnxWriter(const Graph& graph, const OnnxOptions& options) : graph_(graph), options_(options) {}

  std::string write() {
    for (const GraphNode& node : graph_.nodes()) add(node);
    const auto [number, channels, side] = graph_.image();
    const std::string last = value(number);
    if (options_.uint8) {
      call("Add", {last, scalar("one", 1)}, "shifted");
      call("Mul", {"shifted", scalar("half_range", 127.5F)}, "scaled");
      call("Round", {"scaled"}, "rounded");
      call("Clip", {"rounded", scalar("black", 0), scalar("white", 255)}, "clipped");
      call("Cast", {"clipped"}, "bytes", {attribute("to", type_uint8)});
      call("Transpose", {"bytes"}, "images", {attribute("perm", std::vector<std::int64_t>{0, 2, 3, 1})});
      body_.message(11, value_info("latents", type_float, {0, graph_.latent_size()}));
      body_.message(12, value_info("images", type_uint8, {0, side, side, channels}));
    } else {
      call("Identity", {last}, "images");
      body_.message(11, value_info("latents", type_float, {0, graph_.latent_size()}));
      body_.message(12, value_info("images", type_float, {0, channels, side, side}));
    }
    body_.text(2, "generator");
    return Message()
        .integer(1, 8)
        .text(2, "cspgan")
        .text(3, version)
        .message(7, body_)
        .message(8, Message().text(1, "").integer(2, options_.opset))
        .bytes();
  }

 private:
  static std::string value(int number) { return number == 0 ? "latents" : fmt::format("value{}", number); }

  void call(std::string_view kind, const std::vector<std::string>& inputs, std::string_view output,
            const std::vector<Message>& attributes = {}) {
    Message node;
    for (const std::string& input : inputs) node.text(1, input);
    node.text(2, output).text(3, fmt::format("{}_{}", output, kind)).text(4, kind);
    for (const Message& one : attributes) node.message(5, one);
    body_.message(1, node);
  }

  template <class T>
  std::string constant(const std::string& name, std::int64_t type, const std::vector<std::int64_t>& sizes,
                       const T* values, std::size_t count) {
    const std::string_view bytes(reinterpret_cast<const char*>(values), count * sizeof(T));
    body_.message(5, Message().repeated(1, sizes).integer(2, type).text(8, name).text(9, bytes));
    return name;
  }
  std::string scalar(const std::string& name, float number) { return constant(name, type_float, {}, &number, 1); }
  std::string integers(const std::string& name, const std::vector<std::int64_t>& numbers) {
    return constant(name, type_int64, {static_cast<std::int64_t>(numbers.size())}, numbers.data(), numbers.size());
  }
  std::string weight(const std::string& name, const Tensor& tensor) {
    const std::vector<std::int64_t> sizes = tensor.sizes().vec();
    const auto count = static_cast<std::size_t>(tensor.numel());
    if (!options_.half_weights) return constant(name, type_float, sizes, tensor.const_data_ptr<float>(), count);
    const Tensor halves = tensor.to(at::kHalf);
    if (halves.isinf().any().item<bool>())
      throw Error("a weight is too large for float16, which ends at 65504: write the weights as float32");
    constant(name + "_half", type_half, sizes, halves.const_data_ptr<at::Half>(), count);
    call("Cast", {name + "_half"}, name, {attribute("to", type_float)});
    return name;
  }
  /// One number for each channel, to be multiplied or added.
  std::string for_channels(const std::string& name, const Tensor& numbers) {
    return weight(name, numbers.view({-1, 1, 1}));
  }

  void convolution(const GraphNode& node, const std::string& input, const std::string& output) {
    const bool transposed = node.kind == Operator::transposed_convolution;
    const std::int64_t kernel = node.weights[0].size(2), pad = node.padding;
    std::vector<Message> attributes{attribute("kernel_shape", std::vector{kernel, kernel}),
                                    attribute("strides", std::vector{node.stride, node.stride}),
                                    attribute("pads", std::vector{pad, pad, pad, pad})};
    if (transposed)
      attributes.push_back(attribute("output_padding", std::vector{node.output_padding, node.output_padding}));
    call(transposed ? "ConvTranspose" : "Conv",
         {input, weight(output + "_weight", node.weights[0]), weight(output + "_bias", node.weights[1])}, output,
         attributes);
  }

  void scale_shift(const GraphNode& node, const std::string& input, const std::string& output) {
    call("Mul", {input, for_channels(output + "_scale", node.weights[0])}, output + "_scaled");
    call("Add", {output + "_scaled", for_channels(output + "_shift", node.weights[1])}, output);
  }

  /// Opset 17 has no group norm: instance norm of the groups as rows.
  void group_norm(const GraphNode& node, const std::string& input, const std::string& output) {
    const auto [number, channels, side] = node.output;
    call("Reshape", {input, integers(output + "_groups", {0, node.groups, channels / node.groups * side * side})},
         output + "_rows");
    call("InstanceNormalization",
         {output + "_rows", weight(output + "_ones", at::full({node.groups}, 1.F)),
          weight(output + "_zeros", at::full({node.groups}, 0.F))},
         output + "_normal", {attribute("epsilon", 1e-5F)});
    call("Reshape", {output + "_normal", integers(output + "_map", {0, channels, side, side})}, output + "_maps");
    scale_shift(node, output + "_maps", output);
  }

  void resize(const std::string& input, const std::string& output, bool linear) {
    const float scales[] = {1, 1, 2, 2};
    std::vector<Message> attributes{
        attribute("mode", std::string_view(linear ? "linear" : "nearest")),
        attribute("coordinate_transformation_mode", std::string_view(linear ? "half_pixel" : "asymmetric"))};
    if (!linear) attributes.push_back(attribute("nearest_mode", std::string_view("floor")));
    call("Resize", {input, "", constant(output + "_scales", type_float, {4}, scales, 4)}, output, attributes);
  }

  void add(const GraphNode& node) {
    const std::string input = value(node.inputs[0]), output = value(node.output.number);
    const auto [number, channels, side] = node.output;
    switch (node.kind) {
      case Operator::reshape:
        call("Reshape", {input, integers(output + "_shape", {0, channels, side, side})}, output);
        break;
      case Operator::convolution:
      case Operator::transposed_convolution:
        convolution(node, input, output);
        break;
      case Operator::scale_shift:
        scale_shift(node, input, output);
        break;
      case Operator::group_norm:
        group_norm(node, input, output);
        break;
      case Operator::leaky_relu:
        if (node.slope == 0)
          call("Relu", {input}, output);
        else
          call("LeakyRelu", {input}, output, {attribute("alpha", static_cast<float>(node.slope))});
        break;
      case Operator::nearest:
      case Operator::bilinear:
        resize(input, output, node.kind == Operator::bilinear);
        break;
      case Operator::pixel_shuffle:
        call("DepthToSpace", {input}, output,
             {attribute("blocksize", std::int64_t{2}), attribute("mode", std::string_view("CRD"))});
        break;
      case Operator::channels:
        call("Slice",
             {input, integers(output + "_from", {node.first}), integers(output + "_to", {node.first + channels}),
              integers(output + "_axis", {1})},
             output);
        break;
      case Operator::add:
        call("Add", {input, value(node.inputs[1])}, output);
        break;
      case Operator::concatenate:
        call("Concat", {input, value(node.inputs[1])}, output, {attribute("axis", std::int64_t{1})});
        break;
      case Operator::tanh:
        call("Tanh", {input}, output);
        break;
      case Operator::sigmoid:
        call("Sigmoid", {input}, output);
        break;
    }
  }

  const Graph& graph_;
  const OnnxOptions& options_;
  Message body_;
};

}  // namespace

std::string onnx_model(const Graph& graph, const OnnxOptions& options) {
  detail::require_from_to(options.opset, 17, 21, "opset");
  return OnnxWriter(graph, options).write();
}

}  // namespace cspgan
