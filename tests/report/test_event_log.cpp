// Event files: their frame and checksums by a second implementation here, their meaning by tensorboard in
// event_logs.py.
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/report/event_log.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;

namespace {

/// CRC-32C by the definition, a bit at a time (RFC 3720, appendix B.4).
std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t rest = 0xFFFFFFFFu;
  for (const unsigned char byte : bytes)
    for (int bit = 0; bit < 8; ++bit) {
      const bool feedback = ((rest ^ byte >> bit) & 1) != 0;
      rest = rest >> 1 ^ (feedback ? 0x82F63B78u : 0);
    }
  return ~rest;
}

std::uint64_t number(std::string_view bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

/// The records of a TFRecord file; each checksum is checked.
std::vector<std::string> records(std::string_view file) {
  const auto masked = [](std::string_view bytes) {
    const std::uint32_t crc = crc32c(bytes);
    return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
  };
  std::vector<std::string> found;
  while (!file.empty()) {
    REQUIRE(file.size() >= 16);
    const std::uint64_t length = number(file.substr(0, 8));
    REQUIRE(file.size() >= 16 + length);
    CHECK(number(file.substr(8, 4)) == masked(file.substr(0, 8)));
    found.emplace_back(file.substr(12, length));
    CHECK(number(file.substr(12 + length, 4)) == masked(found.back()));
    file.remove_prefix(16 + length);
  }
  return found;
}

at::Tensor picture() { return at::arange(3 * 4 * 5).mul(4).to(at::kByte).reshape({3, 4, 5}); }

}  // namespace

TEST_CASE("the bitwise checksum of this test is CRC-32C", "[report]") {
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AAu);  // RFC 3720, appendix B.4
  CHECK(crc32c("123456789") == 0xE3069283u);
}

TEST_CASE("each record is framed by its length and masked checksums, and there when the call returns", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  EventLog log(folder.path() / "tensorboard");
  CHECK(records(read_file(log.path())).size() == 1);
  log.scalar(3, "loss/d", 0.25);
  log.text(3, "recipe", std::string(300, 'x'));
  log.image(4, "samples", picture());
  const auto found = records(read_file(log.path()));
  REQUIRE(found.size() == 4);
  CHECK(cspgan_test::contains(found[0], "brain.Event:2"));
  // After the wall time (9 bytes): step = 3, then summary { value { tag: "loss/d" simple_value: 0.25 } }.
  CHECK(found[1].substr(9) == std::string("\x10\x03\x2a\x0f\x0a\x0d\x0a\x06loss/d\x15\x00\x00\x80\x3e", 19));
  CHECK(cspgan_test::contains(found[3], "\x89PNG"));
}

TEST_CASE("a record that could not be written whole leaves nothing of itself", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  EventLog log(folder.path());
  log.scalar(1, "loss/d", 1);
  const auto whole = std::filesystem::file_size(log.path());
  const auto before = ::signal(SIGXFSZ, SIG_IGN);
  rlimit usual{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &usual) == 0);
  const rlimit small{whole + 20, usual.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const std::string message = cspgan_test::message_of<Error>([&] { log.scalar(2, "loss/d", 2); });
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &usual) == 0);
  ::signal(SIGXFSZ, before);
  CHECK(cspgan_test::contains(message, log.path().string()));
  CHECK(std::filesystem::file_size(log.path()) == whole);
  log.scalar(3, "loss/d", 3);
  CHECK(records(read_file(log.path())).size() == 3);
}

TEST_CASE("two logs of one second and process are two files", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  const EventLog one(folder.path()), two(folder.path(), 5);
  CHECK(one.path() != two.path());
  CHECK(one.path().filename() < two.path().filename());
  CHECK(records(read_file(two.path())).size() == 2);
}

TEST_CASE("an event log that cannot be made names its folder, and an image of another shape is refused", "[report]") {
  const cspgan_test::TemporaryFolder folder;
  write_file_atomically(folder.path() / "file", "");
  const auto blocked = folder.path() / "file" / "tensorboard";
  CHECK(cspgan_test::contains(cspgan_test::message_of<Error>([&] { EventLog log(blocked); }), blocked.string()));
  EventLog log(folder.path());
  CHECK_THROWS_AS(log.image(1, "samples", at::arange(4)), Error);
}

// Not a test: event_logs.py asks for files to read; a run of ten steps that was resumed from its fifth.
TEST_CASE("write event files for the TensorBoard test", "[.events]") {
  const char* const folder = getenv("CSPGAN_EVENTS_FOLDER");
  REQUIRE(folder != nullptr);
  EventLog log(folder);
  log.text(0, "recipe", "    {\"name\": \"ünïcode\"}");
  for (int step = 1; step <= 10; ++step) log.scalar(step, "loss/d", 1.0 / step);
  log.scalar(10'000'000'000, "far", -1e30);
  EventLog resumed(folder, 6);
  for (int step = 6; step <= 8; ++step) resumed.scalar(step, "loss/d", 100 + step);
  resumed.image(8, "samples", picture());
}
