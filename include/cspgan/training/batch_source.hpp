// What a trainer needs of whatever gives it batches.
#pragma once

#include <concepts>
#include <cstdint>

#include "cspgan/core/tensor.hpp"

namespace [[gnu::visibility("default")]] cspgan {

struct Batch {
  Tensor images;  // uint8 [N, 3, H, W], on the CPU
};

/// Batches in an order that is a function of the position alone: after seek(p), next() gives what it gave when
/// position() was p before, to the bit. The position counts the images given so far, over all epochs.
template <class Source>
concept BatchSource = requires(Source& batches, const Source& constant, std::int64_t position) {
  { batches.next() } -> std::convertible_to<Batch>;
  batches.seek(position);
  { constant.position() } -> std::convertible_to<std::int64_t>;
  { constant.size() } -> std::convertible_to<std::int64_t>;        // images in one epoch
  { constant.batch_size() } -> std::convertible_to<std::int64_t>;  // images in one batch
};

}  // namespace cspgan
