// Writes metrics as rows of metrics.jsonl.
#include "cspgan/report/evaluation_row.hpp"

#include "cspgan/core/options.hpp"
#include "cspgan/report/metrics_log.hpp"

namespace cspgan {

void append_evaluation(const std::filesystem::path& metrics, const EvaluationRow& evaluation) {
  Value row = Value::Object{{"kind", evaluation_kind}};
  const Value fields = to_value(evaluation);
  for (const auto& [key, value] : fields.object()) row.set(key, value);
  append_row(metrics, row);
}

}  // namespace cspgan
