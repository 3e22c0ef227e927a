// What a generator's graph is made of.
#pragma once

namespace [[gnu::visibility("default")]] cspgan {

/// What a node computes from its inputs, which are [N, C, H, W].
enum class Operator {
  reshape,                 // [N, C s s, 1, 1] to [N, C, s, s]; of the latents: [N, Z] to [N, Z, 1, 1]
  convolution,             // weight [out, in, k, k], bias [out]; stride, padding
  transposed_convolution,  // weight [in, out, k, k], bias [out]; stride, padding, output_padding
  scale_shift,             // weights [C], [C]: x * scale + shift for each channel
  group_norm,              // weights [C], [C]: group norm with `groups` groups and eps 1e-5, then scale and shift
  leaky_relu,              // slope below zero; 0: ReLU
  nearest,                 // each pixel four times
  bilinear,                // doubled, pixel centers kept
  pixel_shuffle,           // [N, 4 C, H, W] to [N, C, 2 H, 2 W] (Shi et al. 2016, as in PyTorch)
  channels,                // the channels from `first` on
  add,                     // of two inputs
  concatenate,             // of two inputs, along the channels
  tanh,
  sigmoid
};

}  // namespace cspgan
