// One process to a run's folder.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/runs/run_lock.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;
namespace fs = std::filesystem;

TEST_CASE("a run's folder is one process's, which the refusal names, until it lets go", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path() / "run"};
  {
    const RunLock lock(run);
    const std::string refusal = message_of<Error>([&] { RunLock second(run); });
    CHECK(contains(refusal, "process " + std::to_string(::getpid())));
    CHECK(contains(refusal, run.root.string()));
    CHECK(fs::exists(run.root / "run.lock"));
  }
  CHECK_FALSE(fs::exists(run.root));  // made for nothing: gone again
  { const RunLock deep(RunFolder{folder.path() / "a/b/c"}); }
  CHECK_FALSE(fs::exists(folder.path() / "a"));
  CHECK(fs::exists(folder.path()));
  run.create();
  { const RunLock lock(run); }
  CHECK(fs::exists(run.root));
  CHECK_FALSE(fs::exists(run.root / "run.lock"));
}

TEST_CASE("a lock that a killed process left stops nobody", "[runs]") {
  const cspgan_test::TemporaryFolder folder;
  const RunFolder run{folder.path()};
  int ready[2];
  REQUIRE(::pipe(ready) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    try {
      const RunLock lock(run);
      if (::write(ready[1], "x", 1) == 1) ::pause();
    } catch (...) {
    }
    ::_exit(1);
  }
  ::close(ready[1]);  // so that the read ends if the child does
  char byte = 0;
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK(contains(message_of<Error>([&] { RunLock second(run); }), "process " + std::to_string(child)));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  REQUIRE(fs::exists(run.root / "run.lock"));
  {
    const RunLock lock(run);
    CHECK(contains(read_file(run.root / "run.lock"), std::to_string(::getpid())));
  }
  CHECK_FALSE(fs::exists(run.root / "run.lock"));
}
