// One evaluator for all kinds.
#include "programs/evaluation_table.hpp"

#include <algorithm>

#include "cspgan/terminal/program.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/evaluate_output.hpp"
#include "terminal/print.hpp"

namespace cspgan {

EvaluationTable::EvaluationTable(std::string_view program, const AnyImageSource& reals, const EvaluatorOptions& options,
                                 std::string_view hint)
    : bars_(stage_bars()),
      evaluator_(reals, options,
                 {.progress = [this](std::string_view stage, std::int64_t done,
                                     std::int64_t total) { bars_(of_ + std::string(stage), done, total); },
                  .warning =
                      [this, program = std::string(program)](const std::string& text) {
                        if (said_.insert(text).second) print_warning(program, text);  // most hold for all kinds
                      },
                  .note = [](const std::string& note) { say(stderr, "{}\n", note); }}) {
  const std::int64_t count = options.real_count == 0 ? reals.size() : std::min(options.real_count, reals.size());
  require_enough_images(options.evaluation, count, options.count, hint);
}

void EvaluationTable::print() const { print_evaluations(kinds_, evaluator_.options().image_size); }

}  // namespace cspgan
