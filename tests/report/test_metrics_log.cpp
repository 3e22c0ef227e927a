// Logs with one object per line: torn lines, and truncation if a run is resumed.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <limits>
#include <set>
#include <thread>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/evaluation_row.hpp"
#include "cspgan/report/metrics_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

namespace {

Value row(int step, double loss) { return Value::Object{{"step", step}, {"loss_d", loss}}; }

}  // namespace

TEST_CASE("a row is in the file when append returns, and reads back equal", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  MetricsLog log(path);
  log.append(row(10, 0.25));
  CHECK(read_file(path) == "{\"step\":10,\"loss_d\":0.25}\n");
  log.append(row(20, 1.0 / 3));
  const LoggedRows logged = read_metrics(path);
  REQUIRE(logged.rows.size() == 2);
  CHECK(logged.rows[1] == row(20, 1.0 / 3));
  CHECK(logged.unreadable_lines == 0);
}

TEST_CASE("a new log empties the file, a resumed one drops only later steps and torn lines", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  const std::string kept = "{\"step\": 10,  \"loss_d\": 0.1}\n{\"note\":\"no step\"}\n{\"step\":20,\"loss_d\":0.2}\n";
  std::ofstream(path) << kept << "{\"step\":30,\"loss_d\":0.3}\n{\"step\":40,\"lo";
  {
    MetricsLog resumed(path, 20);
    CHECK(read_file(path) == kept);
    resumed.append(row(30, 0.5));
  }
  CHECK(read_file(path) == kept + "{\"step\":30,\"loss_d\":0.5}\n");
  const MetricsLog fresh(path);
  CHECK(read_file(path).empty());
}

TEST_CASE("resuming without an earlier log starts an empty one", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  MetricsLog log(folder.path() / "metrics.jsonl", 20);
  log.append(row(30, 0.5));
  CHECK(read_metrics(log.path()).rows.size() == 1);
}

TEST_CASE("torn and foreign lines are left out and counted, the last one without its end too", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  std::ofstream(path) << "{\"step\":1}\r\n\n[1, 2]\n{\"step\":2}\n{\"step\":3,\"loss_d\":0.";
  const LoggedRows logged = read_metrics(path);
  REQUIRE(logged.rows.size() == 2);
  CHECK(logged.rows[1].at("step").integer() == 2);
  CHECK(logged.unreadable_lines == 2);
}

TEST_CASE("a number that is not finite is logged as null", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  MetricsLog log(folder.path() / "metrics.jsonl");
  log.append(row(1, std::numeric_limits<double>::infinity()));
  CHECK(read_metrics(log.path()).rows.at(0).at("loss_d").is_null());
}

TEST_CASE("a log that cannot be opened, or a row that is no object, names the path", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "missing" / "metrics.jsonl";
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { MetricsLog log(path); }), path.string()));
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { read_metrics(path); }), path.string()));
  MetricsLog log(folder.path() / "metrics.jsonl");
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { log.append(Value(3)); }), log.path().string()));
}

TEST_CASE("a row appended by another writer stands after a torn line, and the log's own rows follow it", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  std::ofstream(path) << "{\"step\":1}\n{\"step\":2,\"lo";
  append_row(path, row(3, 0.5));
  CHECK(read_file(path) == "{\"step\":1}\n{\"step\":2,\"lo\n{\"step\":3,\"loss_d\":0.5}\n");

  MetricsLog log(folder.path() / "shared.jsonl");
  log.append(row(1, 0.1));
  append_row(log.path(), row(2, 0.2));
  log.append(row(3, 0.3));
  const LoggedRows logged = read_metrics(log.path());
  REQUIRE(logged.rows.size() == 3);
  for (int i = 0; i < 3; ++i) CHECK(logged.rows[static_cast<std::size_t>(i)].at("step").integer() == i + 1);
  CHECK(logged.unreadable_lines == 0);
}

TEST_CASE("no row is lost where a log is cut back while others append to it", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  constexpr int writers = 3, rows = 300;
  std::vector<std::thread> threads;
  for (int writer = 0; writer < writers; ++writer)
    threads.emplace_back([&, writer] {
      for (int i = 0; i < rows; ++i) append_row(path, row(10, writer * rows + i));
    });
  for (int i = 0; i < 50; ++i) MetricsLog(path, 20).append(row(30, i));
  for (std::thread& thread : threads) thread.join();
  const MetricsLog resumed(path, 20);
  const LoggedRows logged = read_metrics(path);
  std::set<double> found;
  for (const Value& kept : logged.rows) found.insert(kept.at("loss_d").number());
  CHECK(logged.rows.size() == writers * rows);
  CHECK(found.size() == writers * rows);
  CHECK(logged.unreadable_lines == 0);
}

TEST_CASE("a log that somebody else locks, or that is a pipe, is an error and no endless wait", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  append_row(path, row(1, 0.5));
  const int other = ::open(path.c_str(), O_RDONLY);
  REQUIRE(::flock(other, LOCK_EX) == 0);
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { append_row(path, row(2, 0.5)); }),
                              "another program holds a lock"));
  ::close(other);
  append_row(path, row(3, 0.5));
  CHECK(read_metrics(path).rows.size() == 2);
  const auto pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { append_row(pipe, row(1, 0.5)); }), "is a pipe"));
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { MetricsLog log(pipe, 1); }), "is a pipe"));
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { read_metrics(pipe); }), "is a pipe"));
}

TEST_CASE("a row for a file that cannot be written is refused with its path", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "missing" / "metrics.jsonl";
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { append_row(path, row(1, 0)); }), path.string()));
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { append_row(path, Value(3)); }), path.string()));
}

TEST_CASE("an evaluation is one row in the documented form", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  append_evaluation(
      path, {.step = 3000,
             .kimg = 96,
             .metrics = {{.key = "fid",
                          .name = "FD-builtin",
                          .value = 12.5,
                          .spread = {},
                          .lower_is_better = true,
                          .fakes = 1000,
                          .reals = 4400,
                          .extractor = "builtin",
                          .resize = "none"},
                         {.key = "recall", .name = "recall", .value = 0.5, .spread = 0.25, .lower_is_better = false}}});
  CHECK(
      read_file(path) ==
      R"({"kind":"evaluation","step":3000,"kimg":96.0,"metrics":[{"key":"fid","name":"FD-builtin","value":12.5,"spread":null,)"
      R"("lower_is_better":true,"target":null,"fakes":1000,"reals":4400,"data":"","extractor":"builtin","resize":"none"},{"key":"recall","name":"recall",)"
      R"("value":0.5,"spread":0.25,"lower_is_better":false,"target":null,"fakes":0,"reals":0,"data":"","extractor":"","resize":""}]})"
      "\n");
}

TEST_CASE("a resumed log keeps the metrics of its checkpoint and drops those of later steps", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const auto path = folder.path() / "metrics.jsonl";
  append_evaluation(path, {.step = 20, .kimg = 1, .metrics = {}});
  append_evaluation(path, {.step = 30, .kimg = 2, .metrics = {}});
  const MetricsLog resumed(path, 20);
  const LoggedRows logged = read_metrics(path);
  REQUIRE(logged.rows.size() == 1);
  CHECK(logged.rows[0].at("step").integer() == 20);
}
