// The parts of the Trainer that do not depend on its template arguments.
#include "cspgan/training/trainer.hpp"

namespace cspgan::detail {

TrainerOptions validated(TrainerOptions options) {
  options.validate();
  return options;
}

Tensor prepare_images(const Tensor& images, at::Device device, at::MemoryFormat format) {
  if (images.dim() != 4)
    throw Error("a batch must be [N, C, H, W], not of " + std::to_string(images.dim()) + " dimensions");
  Tensor on_device = images.to(device, /*non_blocking=*/true);
  if (on_device.scalar_type() == at::kByte) on_device = on_device.to(at::kFloat).div_(127.5).sub_(1);
  return on_device.contiguous(format);
}

Value log_record(std::int64_t step, const Progress& progress, bool data_size_known, ScalarMeans& means,
                 double learning_rate_g, double learning_rate_d) {
  Value record{Value::Object{}};
  record.set("step", step);
  record.set("kimg", static_cast<double>(progress.images) / 1000);
  if (data_size_known) record.set("epoch", progress.epoch);
  const Value scalars = means.take();
  for (const auto& [name, mean] : scalars.object()) record.set(name, mean);
  record.set("learning_rate_g", learning_rate_g);
  record.set("learning_rate_d", learning_rate_d);
  return record;
}

}  // namespace cspgan::detail
