// The discriminator: blocks that each halve the feature map, and a head that makes the score.
#pragma once

#include <torch/nn/cloneable.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"
#include "cspgan/core/shapes.hpp"
#include "cspgan/core/tensor.hpp"
#include "cspgan/models/discriminator_parts.hpp"
#include "cspgan/models/plan.hpp"
#include "cspgan/nn/concepts.hpp"
#include "cspgan/nn/downsampling_block.hpp"
#include "cspgan/nn/holder.hpp"
#include "cspgan/nn/module_tools.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// Options of a BasicDiscriminator. `block` holds the options of every block; its channels must stay unset, since the
/// discriminator sets them.
template <class Block>
struct BasicDiscriminatorOptions {
  std::int64_t image_size = 64;  // a power of two
  std::int64_t image_channels = 3;
  /// Feature counts after the stem, if there is one, and after each block, such as {64, 128, 256, 512}. Empty:
  /// base_channels on the finest map and twice as many on each coarser one, up to max_channels.
  std::vector<std::int64_t> channels{};
  std::int64_t base_channels = 64;
  std::int64_t max_channels = 1024;
  DiscriminatorStemOptions stem{};
  block_options_t<Block> block{};
  bool normalize_first = false;  // false: no norm in the first block, if the block's options have a `norm`
  DiscriminatorHeadOptions head{};

  static void describe(auto&& self, auto&& field) {
    field("image_size", self.image_size, "width and height of the image in pixels: a power of two");
    field("image_channels", self.image_channels, "color channels of the image; 3 for RGB");
    field(
        "channels", self.channels,
        "number of features after the stem and after each block; empty: computed from base_channels and max_channels");
    field("base_channels", self.base_channels,
          "features of the finest feature map; each coarser one has twice as many");
    field("max_channels", self.max_channels, "upper limit on the features of a map");
    field("stem", self.stem, "layer before the blocks");
    if constexpr (Described<block_options_t<Block>>)
      field("block", self.block, "options shared by all downsampling blocks");
    field("normalize_first", self.normalize_first, "normalize the output of the first block, too");
    field("head", self.head, "layers that turn the last feature map into the score");
  }

  /// The feature counts: `channels`, or if it is empty, those computed from base_channels. Throws OptionError naming
  /// the option that does not fit.
  std::vector<std::int64_t> resolved_channels() const {
    return detail::discriminator_channels({image_size, image_channels, channels, base_channels, max_channels,
                                           stem.kind != DiscriminatorStemKind::none,
                                           stem.kind == DiscriminatorStemKind::strided, head.size});
  }

  /// Throws OptionError, naming the option, if the network cannot be made.
  void validate() const {
    stem.validate();
    head.validate();
    static_cast<void>(resolved_channels());
    if constexpr (detail::MadeFromOptions<Block>)
      detail::require_unset_channels(block.in_channels, block.out_channels, "discriminator");
    if constexpr (requires { block.validate(); }) block.validate();
  }

  friend bool operator==(const BasicDiscriminatorOptions&, const BasicDiscriminatorOptions&) = default;
};

/// Maps images [N, image_channels, image_size, image_size] to scores [N], one logit per image. Block is a DownBlock;
/// forward() throws Error, naming the block, if a block does not halve its input. The constructor throws OptionError if
/// the options do not fit. Children: "stem" (if there is one), "block0", "block1", ..., "head".
template <class Block>
class BasicDiscriminatorImpl : public torch::nn::Cloneable<BasicDiscriminatorImpl<Block>> {
  static_assert(detail::check_block<Block>());

 public:
  using Options = BasicDiscriminatorOptions<Block>;

  explicit BasicDiscriminatorImpl(Options given) : options(std::move(given)) { reset(); }

  void reset() override {
    options.validate();
    options.channels = options.resolved_channels();
    const auto& channels = options.channels;
    const bool has_stem = options.stem.kind != DiscriminatorStemKind::none;
    if (has_stem)
      stem_ = this->register_module("stem",
                                    make_discriminator_stem(options.stem, options.image_channels, channels.front()));
    blocks_.clear();
    std::int64_t in = has_stem ? channels.front() : options.image_channels;
    for (std::size_t i = has_stem ? 1 : 0; i < channels.size(); ++i) {
      block_options_t<Block> block = options.block;
      if constexpr (requires { block.norm = Norm::none; })
        if (blocks_.empty() && !options.normalize_first) block.norm = Norm::none;
      blocks_.push_back(
          this->register_module("block" + std::to_string(blocks_.size()), make_block<Block>(block, in, channels[i])));
      in = channels[i];
    }
    head_ = this->register_module("head", DiscriminatorHead(options.head, channels.back()));
  }

  void pretty_print(std::ostream& stream) const override {
    stream << "Discriminator(image_size=" << options.image_size << ", channels=" << shape_text(options.channels) << ')';
  }

  /// Images [N, image_channels, image_size, image_size] to logits [N]. Throws Error for any other shape.
  Tensor forward(const Tensor& images) { return head_->forward(features(images)); }

  /// The last feature map, from which the head makes the score. Throws as forward() does.
  Tensor features(const Tensor& images) {
    std::int64_t size = options.image_size;
    if (images.dim() != 4 || images.size(1) != options.image_channels || images.size(2) != size ||
        images.size(3) != size)
      fail_shape("discriminator: images", "[N" + shape_text({options.image_channels, size, size}).replace(0, 1, ", "),
                 images);
    Tensor x = images;
    if (stem_) x = stem_->forward(x);
    if (options.stem.kind == DiscriminatorStemKind::strided) size /= 2;
    const std::size_t offset = stem_ ? 1 : 0;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      x = blocks_[i]->forward(x);
      size /= 2;
      const std::int64_t channels = options.channels[i + offset];
      if (x.dim() != 4 || x.size(1) != channels || x.size(2) != size || x.size(3) != size)
        fail_shape("discriminator: output of block " + std::to_string(i) + ", which must halve its input",
                   shape_text({images.size(0), channels, size, size}), x);
    }
    return x;
  }

  std::int64_t image_size() const { return options.image_size; }

  Options options;  // with `channels` filled in

 private:
  ConvolutionLayer stem_{nullptr};
  std::vector<Block> blocks_;
  DiscriminatorHead head_{nullptr};
};

/// Holder of a BasicDiscriminatorImpl.
template <class Block>
class BasicDiscriminator : public OptionsHolder<BasicDiscriminatorImpl<Block>> {
 public:
  using OptionsHolder<BasicDiscriminatorImpl<Block>>::OptionsHolder;
};

extern template class BasicDiscriminatorImpl<DownsamplingBlock>;

using DiscriminatorOptions = BasicDiscriminatorOptions<DownsamplingBlock>;
using DiscriminatorImpl = BasicDiscriminatorImpl<DownsamplingBlock>;
using Discriminator = BasicDiscriminator<DownsamplingBlock>;

}  // namespace cspgan
