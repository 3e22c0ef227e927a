// The loop around the steps: observers that throw, and what is logged of their time.
#include <chrono>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "cspgan/training/training_rate.hpp"
#include "small_networks.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

/// Throws in the hooks that it is told to, and counts the ends that it is told of.
struct Faulty final : Observer {
  std::string name, where;
  std::vector<StopReason> ends;
  Faulty(std::string name_, std::string where_) : name(std::move(name_)), where(std::move(where_)) {}
  void check(std::string_view hook) const {
    if (where.find(hook) != std::string::npos) throw Error(name + " throws in " + std::string(hook));
  }
  void on_start(const TrainerView&) override { check("start"); }
  void on_step(const TrainerView&, const StepResult&) override { check("step"); }
  void on_log(const TrainerView&, const Value&) override { check("log"); }
  void on_end(const TrainerView&, StopReason reason) override {
    ends.push_back(reason);
    check("end");
  }
};

/// The message of the error that ends such a run, then those noted in it.
std::vector<std::string> errors_of(const std::vector<std::shared_ptr<Faulty>>& faulty, bool poisoned = false) {
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  if (poisoned) pair.generator->parameters()[0].data().fill_(std::numeric_limits<float>::quiet_NaN());
  try {
    trainer.fit(batches, {.steps = 3, .log_every = 2}, Observers(faulty.begin(), faulty.end()));
  } catch (const Error& error) {
    std::vector<std::string> messages{error.what()};
    messages.insert(messages.end(), error.others().begin(), error.others().end());
    return messages;
  }
  return {};
}

}  // namespace

TEST_CASE("an observer that throws at the end hides no other error and starves no other observer", "[training]") {
  const auto first = std::make_shared<Faulty>("first", "end"), second = std::make_shared<Faulty>("second", "end"),
             third = std::make_shared<Faulty>("third", "");
  const auto messages = errors_of({first, second, third}, /*poisoned=*/true);
  REQUIRE(messages.size() == 3);
  CHECK(contains(messages[0], "is not finite"));
  CHECK(messages[1] == "first throws in end");
  CHECK(messages[2] == "second throws in end");
  for (const auto& observer : {first, second, third}) CHECK((observer->ends == std::vector{StopReason::failed}));
}

TEST_CASE("an observer that cannot start ends the run, and those before it are told", "[training]") {
  const auto first = std::make_shared<Faulty>("first", ""), second = std::make_shared<Faulty>("second", "start"),
             third = std::make_shared<Faulty>("third", "");
  CHECK(errors_of({first, second, third}) == std::vector<std::string>{"second throws in start"});
  CHECK((first->ends == std::vector{StopReason::failed}));
  CHECK(second->ends.empty());
  CHECK(third->ends.empty());
}

TEST_CASE("an observer that throws in a step or a log fails the run, and a good run's last error is not lost",
          "[training]") {
  for (const char* hook : {"step", "log"}) {
    const auto faulty = std::make_shared<Faulty>("one", hook), other = std::make_shared<Faulty>("other", "");
    CHECK(errors_of({faulty, other}) == std::vector<std::string>{std::string("one throws in ") + hook});
    CHECK((other->ends == std::vector{StopReason::failed}));
  }
  const auto last = std::make_shared<Faulty>("last", "end"), other = std::make_shared<Faulty>("other", "");
  CHECK(errors_of({last, other}) == std::vector<std::string>{"last throws in end"});
  CHECK((other->ends == std::vector{StopReason::finished}));
}

TEST_CASE("the time of observers is counted in what is logged", "[training]") {
  struct Slow final : Observer {
    std::vector<double> shares;
    void on_step(const TrainerView&, const StepResult&) override {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    void on_log(const TrainerView&, const Value& record) override {
      shares.push_back(record.at("observer_share").number());
    }
  };
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  const auto slow = std::make_shared<Slow>();
  trainer.fit(batches, {.steps = 4, .log_every = 2}, {slow});
  REQUIRE(slow->shares.size() == 2);
  for (const double share : slow->shares) {
    CHECK(share > 0);  // how much of it depends on the machine
    CHECK(share < 1);
  }
  trainer.fit(batches, {.steps = 6}, {});
}

TEST_CASE("a step is in the log before an observer can save it", "[training]") {
  struct Order final : Observer {
    std::string seen;
    void on_step(const TrainerView& trainer, const StepResult&) override {
      seen += "s" + std::to_string(trainer.step());
    }
    void on_log(const TrainerView&, const Value& record) override {
      seen += "l" + std::to_string(record.at("step").integer());
    }
  };
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  const auto whole = std::make_shared<Order>(), asked = std::make_shared<Order>();
  trainer.fit(batches, {.steps = 5, .log_every = 2}, {whole});
  CHECK(whole->seen == "s1l2s2s3l4s4l5s5");
  trainer.fit(batches, {.steps = 20, .log_every = 2, .should_stop = [&] { return trainer.steps() == 7; }}, {asked});
  CHECK(asked->seen == "l6s6s7l7");
}

TEST_CASE("a run that is asked to stop while its observers start takes no step, and one that is over has finished",
          "[training]") {
  struct Ends final : Observer {
    std::vector<StopReason> reasons;
    void on_end(const TrainerView&, StopReason reason) override { reasons.push_back(reason); }
  };
  auto pair = seeded_pair(1);
  Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
  UsersBatches batches;
  const auto ends = std::make_shared<Ends>();
  const auto stop = [] { return true; };
  CHECK(trainer.fit(batches, {.steps = 2, .should_stop = stop}, {ends}).reason == StopReason::asked);
  CHECK(trainer.steps() == 0);
  trainer.fit(batches, {.steps = 2}, {ends});
  CHECK(trainer.fit(batches, {.steps = 2, .should_stop = stop}, {ends}).reason == StopReason::finished);
  CHECK((ends->reasons == std::vector{StopReason::asked, StopReason::finished, StopReason::finished}));
}

TEST_CASE("a run whose batches stop waiting ends as asked, with its last step in the log", "[training]") {
  struct Rows final : Observer {
    std::vector<std::int64_t> steps;
    std::vector<StopReason> ends;
    void on_log(const TrainerView&, const Value& record) override { steps.push_back(record.at("step").integer()); }
    void on_end(const TrainerView&, StopReason reason) override { ends.push_back(reason); }
  };
  struct Hanging : UsersBatches {
    std::int64_t left = 3;
    auto next() {
      if (left-- == 0) throw StoppedWaiting();
      return UsersBatches::next();
    }
  };
  for (const std::int64_t log_every : {2, 3}) {
    auto pair = seeded_pair(1);
    Trainer trainer(pair.generator, pair.discriminator, UsersLoss{}, Policies{}, cpu_options());
    Hanging batches;
    const auto rows = std::make_shared<Rows>();
    const RunSummary summary = trainer.fit(batches, {.steps = 20, .log_every = log_every}, {rows});
    CHECK(summary.reason == StopReason::asked);
    CHECK(summary.steps == 3);
    CHECK((rows->steps == (log_every == 2 ? std::vector<std::int64_t>{2, 3} : std::vector<std::int64_t>{3})));
    CHECK((rows->ends == std::vector{StopReason::asked}));
  }
}

TEST_CASE("a rate is that of whole rounds of sixteen steps, without the first round", "[training]") {
  struct {
    int steps = 0;
    StepResult step(const Tensor&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(steps < 16 ? 5 : 1));
      ++steps;
      return {};
    }
  } slow;
  UsersBatches batches;
  double measured = 0;
  const double rate = images_per_second(slow, batches, 0.03, [&](double seconds) { measured = seconds; });
  CHECK(slow.steps >= 32);
  CHECK(slow.steps % 16 == 0);
  CHECK(measured >= 0.03);
  CHECK(rate == Approx((slow.steps - 16) * static_cast<double>(batches.batch_size()) / measured));
}
