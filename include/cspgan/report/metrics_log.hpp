// metrics.jsonl and similar files: one JSON object per line, appended while a run is in progress.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The objects of such a file, in order. A line that is not a complete object, as a power failure may leave it, is
/// skipped and counted.
struct LoggedRows {
  std::vector<Value> rows;
  std::int64_t unreadable_lines = 0;
};

/// Whether a run writes such rows: its metrics have "kimg", its warnings "kind".
bool is_row_of_run(const Value& row);

/// The largest number that the rows have under a key, as "step" or "kimg"; 0 if there is none.
double largest_in(const LoggedRows& logged, std::string_view key);

/// Reads all rows. Throws Error naming the path if the file cannot be read.
LoggedRows read_metrics(const std::filesystem::path& path);

/// Appends one row to such a file, which is created if it does not exist. Other threads and processes may append to it
/// or truncate it, as MetricsLog does, at the same time: a file lock (flock) serializes them. The row has been handed
/// to the operating system on return; an incomplete last line is terminated first. Throws Error naming the path if the
/// row is not an object or cannot be written.
void append_row(const std::filesystem::path& path, const Value& row);

/// A run's own file of this kind, started anew or truncated before rows are appended.
class MetricsLog {
 public:
  /// Starts an empty file; or, with `keep_through_step`, keeps the existing rows except those of later steps and
  /// incomplete lines, so that a resumed run continues from its checkpoint. Either way, if lines go that no run writes,
  /// for example somebody's notes, all are kept in a copy of the file (copy_aside). Throws Error naming the path if it
  /// cannot be read or written.
  explicit MetricsLog(std::filesystem::path path, std::optional<std::int64_t> keep_through_step = std::nullopt);

  /// Appends a row, as append_row does.
  void append(const Value& row);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cspgan
