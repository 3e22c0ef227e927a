#include "cspgan/runs/rollback.hpp"

#include <fmt/format.h>

namespace cspgan::detail {

void fail_not_finite(const NonFiniteError& error, const RunFolder& folder) {
  const auto files = folder.own_checkpoints();
  Error explained(fmt::format("{}; {}", error.what(),
                              files.empty()
                                  ? std::string("there is no checkpoint yet")
                                  : fmt::format("the last good checkpoint is '{}'", files.back().path.string())));
  for (const std::string& other : error.others()) explained.also(other);
  throw explained;
}

std::string rollback_sentence(const NonFiniteError& error, const Checkpoint& checkpoint, std::int64_t time,
                              std::int64_t most) {
  return fmt::format("{}; back to '{}', and on with other random numbers (rollback {} of {})", error.what(),
                     checkpoint.path.string(), time, most);
}

}  // namespace cspgan::detail
