// The replay buffer. It works on whole batches, so that nothing waits for the device.
#include "cspgan/policies/replay_buffer.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/where.h>

#include <algorithm>

#include "core/checks.hpp"
#include "cspgan/core/range.hpp"
#include "cspgan/core/shapes.hpp"

namespace cspgan {

ReplayBuffer::Pool::Pool(const Pool& other) : images(other.images.defined() ? other.images.clone() : Tensor()) {}

ReplayBuffer::Pool& ReplayBuffer::Pool::operator=(const Pool& other) {
  images = other.images.defined() ? other.images.clone() : Tensor();
  return *this;
}

Tensor ReplayBuffer::edit_fakes(Tensor fakes, StepContext& step) {
  const Tensor incoming = fakes.detach();
  if (!pool.images.defined()) {
    pool.images = incoming.narrow(0, 0, std::min(capacity, incoming.size(0))).clone();
    return fakes;
  }
  if (pool.images.sizes().slice(1) != incoming.sizes().slice(1))
    throw Error(fmt::format("replay_buffer: fakes have shape {}, but those in the pool {}", shape_text(incoming),
                            shape_text(pool.images)));
  // Needed after a load, which leaves the pool contiguous and on the CPU; otherwise this is the same tensor.
  pool.images =
      pool.images.to(incoming.options(), /*non_blocking=*/false, /*copy=*/false, incoming.suggest_memory_format());

  const std::int64_t count = pool.images.size(0);
  if (count < capacity) {
    const std::int64_t added = std::min(capacity - count, incoming.size(0));
    pool.images = at::cat({pool.images, incoming.narrow(0, 0, added)});
    return fakes;
  }

  // Distinct places, so that no two fakes of a batch are written to the same one.
  const std::int64_t candidates = std::min(capacity, incoming.size(0));
  const Tensor places = step.random.uniform({capacity}).argsort().narrow(0, 0, candidates);
  const Tensor exchanged = step.random.bernoulli({candidates, 1, 1, 1}, probability).to(at::kBool);
  const Tensor newer = incoming.narrow(0, 0, candidates);
  Tensor older = at::empty_like(newer);  // in the fakes' memory format, which index_select alone would not keep
  at::index_select_out(older, pool.images, 0, places);
  pool.images.index_copy_(0, places, at::where(exchanged, newer, older));
  const Tensor shown = at::where(exchanged, older, newer);
  if (candidates == incoming.size(0)) return shown;
  return at::cat({shown, incoming.narrow(0, candidates, incoming.size(0) - candidates)});
}

void ReplayBuffer::save(StateWriter& writer) const {
  writer.integer("count", pool.images.defined() ? pool.images.size(0) : 0);
  if (pool.images.defined()) writer.tensor("images", pool.images.clone());  // the pool may change before the write
}

void ReplayBuffer::load(StateReader& reader) {
  pool.images = reader.integer("count") == 0 ? Tensor() : reader.tensor("images").clone();
  if (pool.images.defined() && (pool.images.dim() != 4 || pool.images.size(0) > capacity))
    throw Error(fmt::format("{}images has shape {}, but a replay buffer of capacity {} was asked for", reader.prefix(),
                            shape_text(pool.images), capacity));
}

void ReplayBuffer::validate() const {
  detail::require_at_least(capacity, 1, "replay_buffer: capacity");
  require_within(probability, {0, 1}, "replay_buffer: probability");
}

}  // namespace cspgan
