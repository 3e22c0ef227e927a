// A run's folder: run.json, metrics.jsonl, samples/, checkpoints/, tensorboard/, report.html.
#pragma once

#include <filesystem>

namespace [[gnu::visibility("default")]] cspgan {

/// The paths within a run's folder.
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

  /// Creates the folders, checks that they are writable, and removes files that a killed run left half-written. Throws
  /// Error naming the path that cannot be used.
  void create() const;
};

/// `path` itself if it is a checkpoint file; the newest checkpoint if it is a run's folder or its checkpoints/. Throws
/// Error if the folder has none.
std::filesystem::path checkpoint_at(const std::filesystem::path& path);

}  // namespace cspgan
