// The requirements on a block of BasicGenerator (UpBlock) or BasicDiscriminator (DownBlock).
#pragma once

#include <ATen/core/Tensor.h>
#include <torch/nn/module.h>
#include <torch/nn/pimpl.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>

namespace [[gnu::visibility("default")]] cspgan {

namespace detail {

template <class Block>
struct Contained {
  using type = void;
};
template <class Block>
requires requires { typename Block::ContainedType; }
struct Contained<Block> {
  using type = typename Block::ContainedType;
};
template <class Block>
using contained_t = typename Contained<Block>::type;

template <class Block>
concept ModuleHolding =
    !std::is_void_v<contained_t<Block>> && std::derived_from<Block, torch::nn::ModuleHolder<contained_t<Block>>> &&
    std::derived_from<contained_t<Block>, torch::nn::Module>;

template <class Block>
concept MapsTensors = requires(contained_t<Block>& module, const at::Tensor& input) {
  { module.forward(input) } -> std::convertible_to<at::Tensor>;
};

template <class Block>
concept MadeFromChannels = std::constructible_from<contained_t<Block>, std::int64_t, std::int64_t>;

template <class Block>
concept MadeFromOptions = requires(typename contained_t<Block>::Options& options) {
  options.in_channels = std::int64_t{1};
  options.out_channels = std::int64_t{1};
}
&&std::constructible_from<contained_t<Block>, const typename contained_t<Block>::Options&>;

template <class Block>
concept Buildable = ModuleHolding<Block> && MapsTensors<Block> &&(MadeFromOptions<Block> || MadeFromChannels<Block>);

}  // namespace detail

/// A module holder whose module maps [N, in, H, W] to [N, out, 2H, 2W] and can be constructed from (in_channels,
/// out_channels), both std::int64_t, or from its nested type Options, which must have members with these names. The
/// output size is checked when the network runs.
template <class Block>
concept UpBlock = detail::Buildable<Block>;

/// The same for a module that maps [N, in, H, W] to [N, out, H / 2, W / 2].
template <class Block>
concept DownBlock = detail::Buildable<Block>;

/// Stands in for the options of a block without a nested type Options.
struct NoBlockOptions {
  friend bool operator==(const NoBlockOptions&, const NoBlockOptions&) = default;
};

namespace detail {

template <class Block>
struct BlockOptions {
  using type = NoBlockOptions;
};
template <MadeFromOptions Block>
struct BlockOptions<Block> {
  using type = typename contained_t<Block>::Options;
};

/// Fails to compile, with a sentence that says what is missing, if Block is not a block.
template <class Block>
consteval bool check_block() {
  static_assert(ModuleHolding<Block>,
                "cspgan: a block must be a module holder, such as TORCH_MODULE(MyBlock) declares for a class "
                "MyBlockImpl that derives from torch::nn::Cloneable<MyBlockImpl>");
  static_assert(MapsTensors<Block>, "cspgan: a block's module needs a member `at::Tensor forward(const at::Tensor&)`");
  static_assert(MadeFromOptions<Block> || MadeFromChannels<Block>,
                "cspgan: a block's module must be constructible from (std::int64_t in_channels, std::int64_t "
                "out_channels), or from its nested type Options with members in_channels and out_channels");
  return true;
}

}  // namespace detail

/// The block's nested type Options, or NoBlockOptions if it has none.
template <class Block>
using block_options_t = typename detail::BlockOptions<Block>::type;

/// Makes a block with the given channels. `options` is ignored if the block has no Options.
template <detail::Buildable Block>
Block make_block([[maybe_unused]] block_options_t<Block> options, std::int64_t in_channels, std::int64_t out_channels) {
  using Module = detail::contained_t<Block>;
  if constexpr (detail::MadeFromOptions<Block>) {
    options.in_channels = in_channels;
    options.out_channels = out_channels;
    return Block(std::make_shared<Module>(std::as_const(options)));
  } else {
    return Block(std::make_shared<Module>(in_channels, out_channels));
  }
}

}  // namespace cspgan
