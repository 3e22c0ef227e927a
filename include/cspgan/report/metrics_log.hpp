// metrics.jsonl and its relatives: one JSON object a line, appended while a run goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "cspgan/core/value.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// The objects of such a file, in its order. A line that is not a whole object, as power cuts leave behind, is left
/// out and counted.
struct LoggedRows {
  std::vector<Value> rows;
  std::int64_t unreadable_lines = 0;
};

/// Throws Error naming the path where the file cannot be read.
LoggedRows read_metrics(const std::filesystem::path& path);

/// Appends one row to such a file, or starts it. Other threads and programs may append to it at the same time, or cut
/// it back as MetricsLog does: a file lock (flock) keeps them apart. The row is with the system on return; a torn last
/// line is closed first. Throws Error naming the path where the row is no object or cannot be written.
void append_row(const std::filesystem::path& path, const Value& row);

/// A run's own file of that kind, begun or cut back before rows are appended.
class MetricsLog {
 public:
  /// Starts an empty file; or, with `keep_through_step`, keeps what the file holds but for rows of later steps and
  /// torn lines, so that a resumed run continues where its checkpoint stood. Throws Error naming the path.
  explicit MetricsLog(std::filesystem::path path, std::optional<std::int64_t> keep_through_step = std::nullopt);

  /// As append_row.
  void append(const Value& row);

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace cspgan
