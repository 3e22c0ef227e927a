// The controller of ADA.
#include "cspgan/policies/adaptive_probability.hpp"

#include <ATen/ops/zeros.h>

namespace cspgan {

void AdaptiveProbability::observe(const Tensor& real_scores, double target, double ramp_kimg, double limit) {
  const Tensor signs = real_scores.detach().sign().sum().to(at::kFloat);
  value_ = value_.defined() ? value_.to(signs.options()) : at::zeros({}, signs.options());
  signs_ = signs_.defined() ? signs_.to(signs.options()).add(signs) : signs;
  images_ += real_scores.numel();
  if (++updates_ < interval) return;
  const auto shown = static_cast<double>(images_);
  const Tensor direction = signs_.div(shown).sub(target).sign();
  value_ = value_.add(direction, shown / (1000 * ramp_kimg)).clamp(0, limit);
  signs_ = Tensor();
  images_ = updates_ = 0;
}

void AdaptiveProbability::save(StateWriter& writer) const {
  writer.integer("updates", updates_);
  writer.integer("images", images_);
  writer.integer("started", value_.defined() ? 1 : 0);
  if (value_.defined()) writer.tensor("value", value_);
  if (updates_ > 0) writer.tensor("signs", signs_);
}

void AdaptiveProbability::load(StateReader& reader) {
  updates_ = reader.integer("updates");
  images_ = reader.integer("images");
  value_ = reader.integer("started") != 0 ? reader.tensor("value").clone() : Tensor();
  signs_ = updates_ > 0 ? reader.tensor("signs").clone() : Tensor();
}

}  // namespace cspgan
