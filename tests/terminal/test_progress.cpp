// When bars speak and what they leave on a terminal's line.
#include <chrono>
#include <string>
#include <vector>

#include "cspgan/terminal/progress.hpp"
#include "support/catch.hpp"
#include "support/terminal.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::erased;
using cspgan_test::on_file;
using cspgan_test::on_terminal;

namespace {

TransientBar seen_from(std::chrono::seconds from_now) { return {std::chrono::steady_clock::now() + from_now}; }

}  // namespace

TEST_CASE("a bar that is not drawn speaks at each tenth, and at the latest after 30 seconds", "[programs]") {
  LineThrottle spoken;
  std::vector<std::int64_t> said;
  for (std::int64_t second = 1; second <= 200; ++second)  // 400 seconds of work; a tenth takes 40
    if (spoken.is_due(second, 400, static_cast<double>(second))) said.push_back(second);
  CHECK(said == std::vector<std::int64_t>{30, 40, 70, 80, 110, 120, 150, 160, 190, 200});

  LineThrottle quick;
  said.clear();
  for (std::int64_t second = 1; second <= 50; ++second)
    if (quick.is_due(second, 50, static_cast<double>(second))) said.push_back(second);
  CHECK(said == std::vector<std::int64_t>{5, 10, 15, 20, 25, 30, 35, 40, 45, 50});

  LineThrottle stuck;  // still heard of where nothing is done
  CHECK_FALSE(stuck.is_due(0, 10, 29));
  CHECK(stuck.is_due(0, 10, 31));
  CHECK_FALSE(stuck.is_due(0, 10, 60));
  CHECK(stuck.is_due(0, 10, 61));
}

TEST_CASE("a bar is drawn on its line and ends it", "[programs]") {
  const std::string written = on_terminal([] {
    ProgressBar bar("training", 10, "images");
    bar.update(4);
  });
  CHECK(contains(written, "training"));
  CHECK(contains(written, "4/10"));
  CHECK(written.ends_with("\n"));
}

TEST_CASE("a passing bar takes the line of another and gives it back empty", "[programs]") {
  const std::string written = on_terminal([] {
    ProgressBar training("training", 10, "images");
    training.update(4);
    {
      ProgressBar figures("evaluation", 5, "steps", seen_from(std::chrono::seconds(-1)));
      figures.update(2);
    }
    erase_progress();
  });
  const std::size_t begin = written.find("training"), passing = written.find("evaluation");
  REQUIRE(begin < passing);
  REQUIRE(passing != std::string::npos);
  const std::string between = written.substr(begin, passing - begin);
  CHECK_FALSE(contains(between, "\n"));
  CHECK(between.ends_with("\r"));  // over the other one
  const std::string after = written.substr(passing);
  CHECK(contains(after, erased));
  CHECK(after.find(erased) < after.find("\n"));
}

TEST_CASE("nothing is seen of a passing bar whose work ends soon", "[programs]") {
  CHECK(on_terminal([] {
          ProgressBar figures("evaluation", 5, "steps", seen_from(std::chrono::seconds(60)));
          for (int i = 1; i <= 5; ++i) figures.update(i);
        }) == "");
}

TEST_CASE("without a terminal nothing is said of a passing bar whose own work ends soon", "[programs]") {
  const std::string said = on_file([] {
    ProgressBar figures("evaluation", 5, "steps", seen_from(std::chrono::seconds(-60)));  // since the stage before it
    for (int i = 1; i <= 5; ++i) figures.update(i);
  });
  CHECK(said == "");
}
