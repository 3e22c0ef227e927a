// The report page of one run.
#include "cspgan/report/html_report.hpp"

#include <string_view>

#include "core/lookup.hpp"
#include "cspgan/core/files.hpp"
#include "report/charts_page.hpp"
#include "report/report_data.hpp"

namespace cspgan {
namespace {

constexpr std::string_view page_body =
#include "embedded/report_page.html.inc"
    ;
constexpr std::string_view avatars_script =
#include "embedded/report_avatars.js.inc"
    ;
constexpr std::string_view page_script =
#include "embedded/report_page.js.inc"
    ;

}  // namespace

std::string html_report(const std::filesystem::path& run_folder, const ReportOptions& options) {
  const Value data = report_data(run_folder, options);
  const std::string title = detail::text_at(data, {"run", "name"}).value_or("A training run");
  return charts_page(page_body, title, data, {recipe_script(), avatars_script, page_script});
}

std::filesystem::path write_html_report(const std::filesystem::path& run_folder, const ReportOptions& options) {
  const std::filesystem::path path = run_folder / "report.html";
  write_file_atomically(path, html_report(run_folder, options), Durability::cached);
  return path;
}

}  // namespace cspgan
