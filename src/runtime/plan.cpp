// The file: a magic word, version and checksum, the counts, the nodes, the weights; all little-endian.
#include "runtime/plan.hpp"

#include <bit>
#include <cstring>

#include "cspgan/core/error.hpp"

namespace cspgan::runtime {

static_assert(std::endian::native == std::endian::little, "the file is written as it lies in memory");

namespace {

struct Header {
  std::array<char, 8> magic{'c', 's', 'p', 'g', 'a', 'n', 'r', 't'};
  std::uint64_t version = 1;
  std::uint64_t checksum = 0;  // of all that follows
  std::int32_t latent_size = 0;
  std::int32_t image = 0;
  std::uint64_t nodes = 0;
  std::uint64_t weights = 0;
};
constexpr std::size_t checked_from = offsetof(Header, latent_size);
static_assert(sizeof(Header) == 48 && sizeof(PlanNode) == 64);

struct Shape {
  std::int64_t channels, side;
};

constexpr std::size_t most_nodes = 10'000;
constexpr std::int64_t most_channels = 1 << 20;
constexpr std::int64_t largest_side = 1 << 14;
constexpr std::int64_t largest_map = 1 << 28;  // numbers

/// What a node gives for its inputs; no channels if they do not fit it.
Shape output_of(const PlanNode& n, Shape x, Shape second) {
  const Shape none{0, 0};
  switch (static_cast<Operator>(n.kind)) {
    case Operator::reshape:
      return x.side == 1 && n.side > 0 && x.channels % (std::int64_t{n.side} * n.side) == 0
                 ? Shape{x.channels / (std::int64_t{n.side} * n.side), n.side}
                 : none;
    case Operator::convolution:
      return n.kernel > 0 && n.kernel < 64 && n.stride > 0 && n.stride < 64 && n.padding >= 0 && n.padding < n.kernel &&
                     x.side + 2 * n.padding >= n.kernel
                 ? Shape{n.channels, (x.side + 2 * n.padding - n.kernel) / n.stride + 1}
                 : none;
    case Operator::transposed_convolution:
      return n.kernel > 0 && n.kernel < 64 && n.stride > 0 && n.stride < 64 && n.padding >= 0 && n.padding < n.kernel &&
                     n.output_padding >= 0 && n.output_padding < n.stride
                 ? Shape{n.channels, (x.side - 1) * n.stride - 2 * n.padding + n.kernel + n.output_padding}
                 : none;
    case Operator::group_norm:
      return n.groups > 0 && x.channels % n.groups == 0 ? x : none;
    case Operator::leaky_relu:
      return n.slope >= 0 && n.slope <= 1 ? x : none;
    case Operator::scale_shift:
    case Operator::tanh:
    case Operator::sigmoid:
      return x;
    case Operator::nearest:
    case Operator::bilinear:
      return {x.channels, 2 * x.side};
    case Operator::pixel_shuffle:
      return x.channels % 4 == 0 ? Shape{x.channels / 4, 2 * x.side} : none;
    case Operator::channels:
      return n.first >= 0 && std::int64_t{n.first} + n.channels <= x.channels ? Shape{n.channels, x.side} : none;
    case Operator::add:
      return second.channels == x.channels && second.side == x.side ? x : none;
    case Operator::concatenate:
      return second.side == x.side && second.channels > 0 ? Shape{x.channels + second.channels, x.side} : none;
  }
  return none;
}

/// Numbers of its first weight, and of its second.
std::array<std::int64_t, 2> weight_sizes(const PlanNode& n, Shape x) {
  switch (static_cast<Operator>(n.kind)) {
    case Operator::convolution:
    case Operator::transposed_convolution:
      return {x.channels * n.channels * n.kernel * n.kernel, n.channels};
    case Operator::scale_shift:
    case Operator::group_norm:
      return {n.channels, n.channels};
    default:
      return {0, 0};
  }
}

/// What is wrong with a plan: a file may come from anywhere, and so may a block of one's own. "" if nothing is.
std::string problem_of(const PlanFile& plan) {
  if (plan.latent_size < 1 || plan.latent_size > most_channels) return "its latents have no size that can be";
  if (plan.nodes.empty() || plan.nodes.size() > most_nodes) return "it has no operators, or too many";
  std::vector<Shape> shapes{{plan.latent_size, 1}};
  for (const PlanNode& n : plan.nodes) {
    const std::string which = "operator " + std::to_string(shapes.size()) + " does not fit: ";
    const auto known = static_cast<std::int32_t>(shapes.size());
    const bool binary = n.kind == static_cast<int>(Operator::add) || n.kind == static_cast<int>(Operator::concatenate);
    if (n.kind < 0 || n.kind > static_cast<int>(Operator::sigmoid) || n.inputs[0] < 0 || n.inputs[0] >= known ||
        n.inputs[1] < (binary ? 0 : -1) || n.inputs[1] >= (binary ? known : 0))
      return which + "its kind or its inputs are not there";
    if (n.channels < 1 || n.channels > most_channels || n.side < 1 || n.side > largest_side ||
        std::int64_t{n.side} * n.side * n.channels > largest_map)
      return which + "its output has no size that can be";
    const Shape x = shapes[static_cast<std::size_t>(n.inputs[0])];
    const Shape shape = output_of(n, x, binary ? shapes[static_cast<std::size_t>(n.inputs[1])] : Shape{0, 0});
    if (shape.channels != n.channels || shape.side != n.side)
      return which + "a kernel, stride or padding of its, a slope outside [0, 1], or the size of its input";
    const auto sizes = weight_sizes(n, x);
    const auto count = static_cast<std::int64_t>(plan.weights.size());
    for (std::size_t k = 0; k < 2; ++k)
      if (sizes[k] > 0 && (n.weights[k] < 0 || sizes[k] > count || n.weights[k] > count - sizes[k]))
        return which + "its weights are not all there";
    shapes.push_back(shape);
  }
  return plan.image > 0 && plan.image < static_cast<std::int32_t>(shapes.size()) ? "" : "its image is not there";
}

template <class T>
std::string_view bytes_of(const T* values, std::size_t count) {
  return {reinterpret_cast<const char*>(values), count * sizeof(T)};
}

}  // namespace

std::uint64_t checksum(std::string_view bytes) {
  std::uint64_t hash = 14695981039346656037U;
  for (std::size_t k = 0; k + sizeof(std::uint32_t) <= bytes.size(); k += sizeof(std::uint32_t)) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + k, sizeof word);
    hash = (hash ^ word) * 1099511628211U;
  }
  return hash;
}

std::string to_bytes(const PlanFile& plan) {
  if (const std::string problem = problem_of(plan); !problem.empty())
    throw Error("the runtime cannot compute this generator: " + problem);
  Header header{
      .latent_size = plan.latent_size, .image = plan.image, .nodes = plan.nodes.size(), .weights = plan.weights.size()};
  std::string bytes(bytes_of(&header, 1));
  bytes += bytes_of(plan.nodes.data(), plan.nodes.size());
  bytes += bytes_of(plan.weights.data(), plan.weights.size());
  header.checksum = checksum(std::string_view(bytes).substr(checked_from));
  std::memcpy(bytes.data(), &header, sizeof header);
  return bytes;
}

PlanFile plan_from_bytes(std::string_view bytes, std::string_view name) {
  const auto refuse = [&](std::string_view why) { throw Error("'" + std::string(name) + "' " + std::string(why)); };
  Header header, expected;
  if (bytes.size() < sizeof header ||
      (std::memcpy(&header, bytes.data(), sizeof header), header.magic != expected.magic))
    refuse("is not a generator that export_generator --runtime wrote");
  if (header.version != expected.version)
    refuse("is of version " + std::to_string(header.version) + ", and this runtime reads version 1");
  const std::size_t rest = bytes.size() - sizeof header;
  if (header.nodes > rest / sizeof(PlanNode) ||
      header.weights != (rest - header.nodes * sizeof(PlanNode)) / sizeof(float) ||
      rest != header.nodes * sizeof(PlanNode) + header.weights * sizeof(float) ||
      header.checksum != checksum(bytes.substr(checked_from)))
    refuse("is damaged, or cut");
  PlanFile plan{.latent_size = header.latent_size,
                .image = header.image,
                .nodes = std::vector<PlanNode>(header.nodes),
                .weights = std::vector<float>(header.weights)};
  const char* const nodes = bytes.data() + sizeof header;
  if (header.nodes > 0) std::memcpy(plan.nodes.data(), nodes, header.nodes * sizeof(PlanNode));
  if (header.weights > 0)
    std::memcpy(plan.weights.data(), nodes + header.nodes * sizeof(PlanNode), header.weights * sizeof(float));
  if (const std::string problem = problem_of(plan); !problem.empty()) refuse("makes no sense: " + problem);
  return plan;
}

}  // namespace cspgan::runtime
