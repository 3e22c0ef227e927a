// A run's folder: run.json, metrics.jsonl, samples/, checkpoints/, tensorboard/, report.html.
#pragma once

#include <filesystem>

namespace [[gnu::visibility("default")]] cspgan {

/// Where things lie in a run's folder.
struct RunFolder {
  std::filesystem::path root;

  std::filesystem::path run_json() const { return root / "run.json"; }
  std::filesystem::path metrics() const { return root / "metrics.jsonl"; }
  std::filesystem::path warnings() const { return root / "warnings.jsonl"; }
  std::filesystem::path samples() const { return root / "samples"; }
  std::filesystem::path checkpoints() const { return root / "checkpoints"; }
  std::filesystem::path tensorboard() const { return root / "tensorboard"; }
  std::filesystem::path report() const { return root / "report.html"; }
  std::filesystem::path avatars() const { return root / "avatars.json"; }

  /// Makes the folders, checks that files can be written there, and removes what a killed run left half-written. Throws
  /// Error naming the path.
  void create() const;
};

/// A checkpoint by its own path, or by that of a run's folder (or its checkpoints/) for its newest. Throws Error if the
/// folder has none.
std::filesystem::path checkpoint_at(const std::filesystem::path& path);

}  // namespace cspgan
