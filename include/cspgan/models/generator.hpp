// The generator: a stem, blocks that each double the feature map, and a head. The blocks are CSPup blocks or others.
#pragma once

#include <torch/nn/cloneable.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/generator_parts.hpp"
#include "cspgan/models/plan.hpp"
#include "cspgan/nn/concepts.hpp"
#include "cspgan/nn/cspup_block.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of a BasicGenerator. `block` holds the options of every block; its channels must stay unset, since the
/// generator sets them.
template <class Block>
struct BasicGeneratorOptions {
  std::int64_t latent_size = 100;
  std::int64_t image_size = 64;  // a power of two
  std::int64_t image_channels = 3;
  /// Feature counts after the stem and after each block, such as {1024, 512, 256, 128, 64}; the last is image_channels
  /// if head.kind is none. Empty: base_channels on the finest map and twice as many on each coarser one, up to
  /// max_channels.
  std::vector<std::int64_t> channels{};
  std::int64_t base_channels = 32;
  std::int64_t max_channels = 512;
  GeneratorStemOptions stem{};
  block_options_t<Block> block{};
  GeneratorHeadOptions head{};

  static void describe(auto&& self, auto&& field) {
    field("latent_size", self.latent_size, "numbers in a latent vector, >= 1");
    field("image_size", self.image_size, "width and height of the image in pixels: a power of two");
    field("image_channels", self.image_channels, "color channels of the image; 3 for RGB");
    field(
        "channels", self.channels,
        "number of features after the stem and after each block; empty: computed from base_channels and max_channels");
    field("base_channels", self.base_channels,
          "features of the finest feature map; each coarser one has twice as many");
    field("max_channels", self.max_channels, "upper limit on the features of a map");
    field("stem", self.stem, "layer that turns the latent into the first feature map");
    if constexpr (Described<block_options_t<Block>>)
      field("block", self.block, "options shared by all upsampling blocks");
    field("head", self.head, "layer that turns the last feature map into the image");
  }

  /// The feature counts: `channels`, or if it is empty, those computed from base_channels. Throws OptionError naming
  /// the option that does not fit.
  std::vector<std::int64_t> resolved_channels() const {
    return detail::generator_channels(
        {latent_size, image_size, image_channels, channels, base_channels, max_channels, stem, head});
  }

  /// Throws OptionError, naming the option, if the network cannot be made.
  void validate() const {
    static_cast<void>(resolved_channels());
    if constexpr (detail::MadeFromOptions<Block>)
      detail::require_unset_channels(block.in_channels, block.out_channels, "generator");
    if constexpr (requires { block.validate(); }) block.validate();
  }

  friend bool operator==(const BasicGeneratorOptions&, const BasicGeneratorOptions&) = default;
};

/// Maps latents [N, latent_size] to images [N, image_channels, image_size, image_size], on the scale of images in
/// [-1, 1]. Block is an UpBlock; forward() throws Error, naming the block, if a block does not double its input. The
/// constructor throws OptionError if the options do not fit. Children: "stem", "block0", "block1", ..., "head".
template <class Block>
class BasicGeneratorImpl : public torch::nn::Cloneable<BasicGeneratorImpl<Block>> {
  static_assert(detail::check_block<Block>());

 public:
  using Options = BasicGeneratorOptions<Block>;

  explicit BasicGeneratorImpl(Options given) : options(std::move(given)) { reset(); }

  void reset() override {
    options.validate();
    options.channels = options.resolved_channels();
    const auto& channels = options.channels;
    if (options.stem.kind == StemKind::block) {
      if constexpr (has_stem_form) {
        block_stem_ = this->register_module(
            "stem", make_block<Block>(options.block.as_stem(), options.latent_size, channels.front()));
      } else {
        throw OptionError("generator: stem.kind is block, but this block has no stem form (Options::as_stem())");
      }
    } else {
      stem_ = this->register_module("stem", GeneratorStem(options.stem, options.latent_size, channels.front()));
    }
    blocks_.clear();
    for (std::size_t i = 0; i + 1 < channels.size(); ++i)
      blocks_.push_back(this->register_module("block" + std::to_string(i),
                                              make_block<Block>(options.block, channels[i], channels[i + 1])));
    head_ = this->register_module("head", GeneratorHead(options.head, channels.back(), options.image_channels));
  }

  void pretty_print(std::ostream& stream) const override {
    stream << "Generator(latent_size=" << options.latent_size << ", image_size=" << options.image_size
           << ", channels=" << shape_text(options.channels) << ')';
  }

  /// Latents [N, latent_size] to images. Throws Error for any other shape.
  Tensor forward(const Tensor& latents) {
    if (latents.dim() != 2 || latents.size(1) != options.latent_size)
      fail_shape("generator: latents", "[N, " + std::to_string(options.latent_size) + "]", latents);
    Tensor x = stem_ ? stem_->forward(latents) : block_stem_->forward(latents.unsqueeze(2).unsqueeze(3));
    std::int64_t size = options.stem.size();
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i]->forward(x);
      size *= 2;
      const std::int64_t channels = options.channels[i + 1];
      if (x.dim() != 4 || x.size(1) != channels || x.size(2) != size || x.size(3) != size)
        fail_shape("generator: output of block " + std::to_string(i) + ", which must double its input",
                   shape_text({latents.size(0), channels, size, size}), x);
    }
    return head_->forward(x);
  }

  std::int64_t latent_size() const { return options.latent_size; }
  std::int64_t image_size() const { return options.image_size; }

  Options options;  // with `channels` filled in

 private:
  static constexpr bool has_stem_form = requires(const block_options_t<Block>& block) {
    { block.as_stem() } -> std::same_as<block_options_t<Block>>;
  };

  GeneratorStem stem_{nullptr};
  Block block_stem_{nullptr};
  std::vector<Block> blocks_;
  GeneratorHead head_{nullptr};
};

/// Holder of a BasicGeneratorImpl.
template <class Block>
class BasicGenerator : public OptionsHolder<BasicGeneratorImpl<Block>> {
 public:
  using OptionsHolder<BasicGeneratorImpl<Block>>::OptionsHolder;
};

extern template class BasicGeneratorImpl<CSPupBlock>;

using GeneratorOptions = BasicGeneratorOptions<CSPupBlock>;
using GeneratorImpl = BasicGeneratorImpl<CSPupBlock>;
using Generator = BasicGenerator<CSPupBlock>;

}  // namespace cspgan
