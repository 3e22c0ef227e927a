// Calls of observers, and the clock of log intervals.
#include "cspgan/training/fit.hpp"

#include <c10/util/Exception.h>

#include <exception>

#include "cspgan/core/error.hpp"

namespace cspgan {

namespace {

std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const c10::Error& known) {
    return known.what_without_backtrace();
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "an unknown error";
  }
}

/// Rethrows `first`; if it is an Error, the others are added to it.
[[noreturn]] void throw_with(const std::exception_ptr& first, const std::vector<std::exception_ptr>& others,
                             std::size_t from = 0) {
  try {
    std::rethrow_exception(first);
  } catch (Error& error) {
    for (std::size_t i = from; i < others.size(); ++i)
      if (std::string text = text_of(others[i]); text != error.what()) error.also(std::move(text));
    throw;
  } catch (...) {
    if (others.size() <= from) throw;
    Error error(text_of(first));
    for (std::size_t i = from; i < others.size(); ++i) error.also(text_of(others[i]));
    throw error;
  }
}

}  // namespace

void ObserverCalls::start() {
  try {
    for (const auto& observer : observers_) {
      observer->on_start(view_);
      ++started_;
    }
  } catch (...) {
    fail();
  }
}

void ObserverCalls::step(const StepResult& result) {
  for (const auto& observer : observers_) observer->on_step(view_, result);
}

void ObserverCalls::log(const Value& record) {
  for (const auto& observer : observers_) observer->on_log(view_, record);
}

void ObserverCalls::end(StopReason reason) {
  const auto errors = end_all(reason);
  if (!errors.empty()) throw_with(errors.front(), errors, 1);
}

void ObserverCalls::fail(StopReason reason) {
  const std::exception_ptr error = std::current_exception();
  throw_with(error, end_all(reason));
}

std::vector<std::exception_ptr> ObserverCalls::end_all(StopReason reason) {
  std::vector<std::exception_ptr> errors;
  for (std::size_t i = 0; i < started_; ++i) {
    try {
      observers_[i]->on_end(view_, reason);
    } catch (...) {
      errors.push_back(std::current_exception());
    }
  }
  return errors;
}

void IntervalClock::lap(Part part) {
  const auto now = Clock::now();
  parts_[static_cast<std::size_t>(part)] += now - last_;
  last_ = now;
}

void IntervalClock::report(Value& record) {
  const auto seconds = [&](Part part) {
    return std::chrono::duration<double>(parts_[static_cast<std::size_t>(part)]).count();
  };
  const double training = seconds(Part::data) + seconds(Part::step);
  const double all = training + seconds(Part::observers);
  record.set("images_per_second", training > 0 ? static_cast<double>(images_) / training : 0.0);
  record.set("wait_share", training > 0 ? seconds(Part::data) / training : 0.0);
  record.set("observer_share", all > 0 ? seconds(Part::observers) / all : 0.0);
  parts_ = {};
  images_ = 0;
}

}  // namespace cspgan
