// Errors, warnings and signals of programs.
#include <csignal>
#include <stdexcept>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/terminal/program.hpp"
#include "support/catch.hpp"
#include "support/terminal.hpp"

using namespace cspgan;
using cspgan_test::on_file;
using cspgan_test::on_terminal;

TEST_CASE("an error is one line, what went wrong besides are lines of their own, and wrong usage has its code",
          "[terminal]") {
  int code = 0;
  CHECK(on_file([&] {
          code = run_program("evaluate", []() -> int {
            Error error("the disk\nis full");
            error.also("the report is not written");
            error.also("nor are the curves");
            throw error;
          });
        }) ==
        "evaluate: error: the disk?is full\nevaluate: also: the report is not written\nevaluate: also: nor are the "
        "curves\n");
  CHECK(code == 1);
  CHECK(on_file([&] { code = run_program("p", []() -> int { throw OptionError("--count 0"); }); }) ==
        "p: error: --count 0\n");
  CHECK(code == 2);
  CHECK(on_file([&] { code = run_program("p", []() -> int { throw std::runtime_error("odd"); }); }) ==
        "p: error: odd\n");
  CHECK(code == 1);
}

TEST_CASE("a warning takes the place of a bar that is drawn", "[terminal]") {
  CHECK(on_terminal([] { print_warning("sample", "few\timages"); }) == "\r\033[Ksample: warning: few?images\r\n");
}

TEST_CASE("a signal is noted while somebody waits for it, and afterwards all is as it was", "[terminal]") {
  static int handled;
  handled = 0;
  const auto before = std::signal(SIGTERM, [](int) { ++handled; });
  {
    const StopSignals signals;
    CHECK(signals.exit_code() == 0);
    std::raise(SIGTERM);
    CHECK(signals.received());
    CHECK(signals.exit_code() == 143);
    CHECK(handled == 0);
  }
  std::raise(SIGTERM);
  CHECK(handled == 1);
  std::signal(SIGTERM, before);
}

TEST_CASE("a signal that is ignored stays ignored, during and after", "[terminal]") {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    const StopSignals signals;
    std::raise(SIGHUP);
    CHECK_FALSE(signals.received());
    std::raise(SIGINT);  // the others are noted
    CHECK(signals.exit_code() == 130);
  }
  CHECK(std::signal(SIGHUP, before) == SIG_IGN);
}
