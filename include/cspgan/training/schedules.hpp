// How a learning rate changes over a run.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>

#include "cspgan/core/options.hpp"
#include "cspgan/core/registry.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The position of a run, for schedules.
struct Progress {
  std::int64_t images = 0;  // real images shown so far
  double epoch = 0;         // images / size of the data set; 0 if the size is unknown
  double fraction = 0;      // of the whole run, in [0, 1]; 0 if its length is unknown
};

/// Factor 1 at all times.
struct ConstantRate {
  static constexpr std::string_view name = "constant";
  static constexpr std::string_view summary = "the learning rate stays as it is";
  static void describe(auto&&, auto&&) {}
  double factor(const Progress&) const { return 1; }
  friend bool operator==(const ConstantRate&, const ConstantRate&) = default;
};

/// The factor gamma^floor(epoch / every_epochs), which drops every `every_epochs` epochs.
struct StepDecay {
  static constexpr std::string_view name = "step";
  static constexpr std::string_view summary = "the learning rate is multiplied by gamma every every_epochs epochs";
  double gamma = 0.9;
  double every_epochs = 1;
  static void describe(auto&& self, auto&& field) {
    field("gamma", self.gamma, "factor of the learning rate at each drop, in (0, 1]");
    field("every_epochs", self.every_epochs, "epochs between two drops, > 0");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  double factor(const Progress& progress) const;
  friend bool operator==(const StepDecay&, const StepDecay&) = default;
};

/// 1 until `start` (a fraction of the run), then a straight line to `final_factor` at its end.
struct LinearDecay {
  static constexpr std::string_view name = "linear";
  static constexpr std::string_view summary = "constant, then a straight line to final_factor at the run's end";
  double start = 0;
  double final_factor = 0;
  static void describe(auto&& self, auto&& field) {
    field("start", self.start, "fraction of the run at which the decay starts, in [0, 1)");
    field("final_factor", self.final_factor, "factor of the learning rate at the end of the run, in [0, 1]");
  }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  double factor(const Progress& progress) const;
  friend bool operator==(const LinearDecay&, const LinearDecay&) = default;
};

/// 1 until `start`, then half a cosine to `final_factor` (Loshchilov & Hutter 2017, eq. 5, without restarts).
struct CosineDecay {
  static constexpr std::string_view name = "cosine";
  static constexpr std::string_view summary = "constant, then half a cosine to final_factor at the run's end";
  double start = 0;
  double final_factor = 0;
  static void describe(auto&& self, auto&& field) { LinearDecay::describe(self, field); }
  /// Throws OptionError naming the value that is out of range.
  void validate() const;
  double factor(const Progress& progress) const;
  friend bool operator==(const CosineDecay&, const CosineDecay&) = default;
};

/// Returns the factor by which the learning rate is multiplied at a position of the run.
template <class S>
concept Schedule = Described<S> && requires(const S& schedule, const Progress& progress) {
  { schedule.factor(progress) } -> std::convertible_to<double>;
};

/// Any Schedule, chosen at run time.
class AnySchedule {
 public:
  AnySchedule() : AnySchedule(ConstantRate{}) {}
  template <Schedule S>
  AnySchedule(S schedule) {
    if constexpr (requires { schedule.validate(); }) schedule.validate();
    schedule_ = std::make_shared<const Model<S>>(std::move(schedule));
  }

  double factor(const Progress& progress) const { return schedule_->factor(progress); }
  Value describe() const { return schedule_->describe(); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual double factor(const Progress&) const = 0;
    virtual Value describe() const = 0;
  };
  template <class S>
  struct Model final : Interface {
    explicit Model(S given) : schedule(std::move(given)) {}
    double factor(const Progress& progress) const override { return schedule.factor(progress); }
    Value describe() const override { return named_value(schedule); }
    S schedule;
  };
  std::shared_ptr<const Interface> schedule_;
};

/// The schedules that a recipe can choose by name.
const Registry<AnySchedule>& schedules();

}  // namespace cspgan
