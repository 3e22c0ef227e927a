// Measuring what the last checkpoint's generator covers.
#include "programs/measure_attributes.hpp"

#include <fmt/format.h>

#include "cspgan/core/device.hpp"
#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "cspgan/evaluation/attribute_report.hpp"
#include "cspgan/models/load_generator.hpp"
#include "cspgan/report/html_report.hpp"
#include "cspgan/terminal/progress.hpp"
#include "programs/attribute_table.hpp"
#include "terminal/print.hpp"

namespace cspgan {

void measure_attributes(const TrainingProgram& program, const Recipe& recipe, const RunFolder& folder,
                        const std::filesystem::path& checkpoint, const StopSignals& signals) {
  ProgressBar bar;
  const StageProgress progress = [&](std::string_view stage, std::int64_t done, std::int64_t total) {
    if (signals.received()) throw Error("stopped before the avatars' attributes were measured");
    bar.update(stage, done, total);
  };
  try {
    const Generator generator = load_generator(checkpoint);
    const AttributeReport report = report_attributes(
        Sampler(generator, parse_device(recipe.device)), generator->options.image_size,
        {.count = recipe.measure_attributes, .cache = cache_folder("classifiers"), .progress = progress});
    bar.end();
    Value json = to_value(report);
    json.set("checkpoint", checkpoint.filename().string());
    folder.require_owned();
    write_file_atomically(folder.avatars(), to_json(json, 2) + "\n");
    write_html_report(folder.root);  // which shows them
    say(stdout, "\n");
    print_attributes(report, program.name);
  } catch (const std::exception& error) {
    print_warning(program.name, fmt::format("{}; evaluate --avatars --checkpoint {} measures them", error.what(),
                                            checkpoint.string()));
  }
}

}  // namespace cspgan
