// The concept of a source of batches for a trainer.
#pragma once

#include <concepts>
#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// One batch of real images.
struct Batch {
  Tensor images;       // uint8 [N, 3, H, W], on the CPU
  Tensor labels = {};  // int64 [N, columns], on the CPU, as data/labels.hpp counts them; undefined if there are none
};

/// What next() may throw if it was told to wait no longer, say for a disk that does not answer: fit() then ends the run
/// as if it had been asked to stop after the last step. The position is unchanged.
struct StoppedWaiting {};

/// A source whose batches depend on the position alone: after seek(p), next() gives the same batch, to the bit, as at
/// any other time when position() was p. The position counts the images given so far, over all epochs.
template <class Source>
concept BatchSource = requires(Source& batches, const Source& constant, std::int64_t position) {
  { batches.next() } -> std::convertible_to<Batch>;
  batches.seek(position);
  { constant.position() } -> std::convertible_to<std::int64_t>;
  { constant.size() } -> std::convertible_to<std::int64_t>;        // images in one epoch
  { constant.batch_size() } -> std::convertible_to<std::int64_t>;  // images in one batch
};

}  // namespace cspgan
