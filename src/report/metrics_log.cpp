// Reads, truncates and appends to files with one JSON object per line.
#include "cspgan/report/metrics_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>

#include "core/file_lock.hpp"
#include "core/lookup.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"

namespace cspgan {
namespace {

std::optional<Value> parse_row(std::string_view line) {
  try {
    Value row = parse_json(line, "a log line");
    if (row.is_object()) return row;
  } catch (const Error&) {
  }
  return std::nullopt;
}

/// Calls visit(line, row or nullopt) for each line that is not blank.
template <class Visit>
void for_each_line(std::string_view text, Visit&& visit) {
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) visit(line, parse_row(line));
  }
}

std::string line_of(const Value& row, const std::filesystem::path& path) {
  if (!row.is_object()) throw Error("a row of " + path.string() + " must be an object, not " + std::string(row.kind()));
  return to_json(row) + '\n';
}

bool is_later(const Value& row, std::int64_t step) {
  return detail::number_at(row, {"step"}) > static_cast<double>(step);
}

[[noreturn]] void fail(const std::filesystem::path& path) {
  throw Error("cannot append to " + path.string() + ": " + std::strerror(errno));
}

/// The file, created if it is missing, open for reading and appending, and locked against all other threads and
/// processes that open it this way. (Not locked if the file system does not support locks.) Throws Error if somebody
/// else does not let go of it: each writer of ours holds it for milliseconds.
class HeldFile {
 public:
  explicit HeldFile(const std::filesystem::path& path) {
    require_regular_file(path);
    constexpr std::chrono::seconds patience(2);
    const detail::LockedFile file = detail::open_locked(path, O_RDWR | O_APPEND | O_CREAT, patience);
    if (file.descriptor < 0) fail(path);
    descriptor_ = file.descriptor;
    if (file.state != detail::LockState::busy) return;
    ::close(descriptor_);
    throw Error("cannot append to " + path.string() + ": another program holds a lock on it");
  }
  ~HeldFile() { ::close(descriptor_); }
  HeldFile(const HeldFile&) = delete;
  HeldFile& operator=(const HeldFile&) = delete;

  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

}  // namespace

bool is_row_of_run(const Value& row) { return row.find("kimg") != nullptr || row.find("kind") != nullptr; }

double largest_in(const LoggedRows& logged, std::string_view key) {
  double largest = 0;
  for (const Value& row : logged.rows) largest = std::max(largest, detail::number_at(row, {key}).value_or(0));
  return largest;
}

LoggedRows read_metrics(const std::filesystem::path& path) {
  require_regular_file(path);
  LoggedRows result;
  for_each_line(read_file(path), [&](std::string_view, std::optional<Value> row) {
    if (row) {
      result.rows.push_back(*std::move(row));
    } else {
      ++result.unreadable_lines;
    }
  });
  return result;
}

void append_row(const std::filesystem::path& path, const Value& row) {
  std::string line = line_of(row, path);
  const HeldFile file(path);
  char last = '\n';
  if (const off_t size = ::lseek(file.descriptor(), 0, SEEK_END);
      size > 0 && ::pread(file.descriptor(), &last, 1, size - 1) == 1 && last != '\n')
    line.insert(0, 1, '\n');
  WriteGuard::ask();
  const ssize_t written = ::write(file.descriptor(), line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return;
  if (written >= 0) errno = ENOSPC;
  fail(path);
}

MetricsLog::MetricsLog(std::filesystem::path path, std::optional<std::int64_t> keep_through_step)
    : path_(std::move(path)) {
  const HeldFile file(path_);  // held until the new file is in place, so that no row appended meanwhile is lost
  const std::string text = read_file(path_);
  std::string kept;
  bool loses_other_lines = false;
  for_each_line(text, [&](std::string_view line, const std::optional<Value>& row) {
    const bool is_torn = line.data() + line.size() == text.data() + text.size() && (line[0] == '{' || line[0] == '\0');
    if (row && keep_through_step && !is_later(*row, *keep_through_step))
      kept.append(line).push_back('\n');
    else
      loses_other_lines |= row ? !is_row_of_run(*row) : !is_torn;
  });
  if (loses_other_lines) copy_aside(path_);
  write_file_atomically(path_, kept);
}

void MetricsLog::append(const Value& row) { append_row(path_, row); }

}  // namespace cspgan
