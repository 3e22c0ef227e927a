// Finds files by step.
#include "cspgan/core/step_files.hpp"

#include <algorithm>
#include <string>
#include <system_error>

#include "cspgan/core/error.hpp"

namespace cspgan {

std::vector<StepFile> step_files(const std::filesystem::path& folder, std::string_view extension) {
  std::vector<StepFile> files;
  std::error_code problem;
  std::filesystem::directory_iterator entry(folder, problem);
  if (problem == std::errc::no_such_file_or_directory) return files;
  for (; !problem && entry != std::filesystem::directory_iterator(); entry.increment(problem)) {
    const std::string name = entry->path().stem().string();
    constexpr std::string_view prefix = "step-";
    const std::string digits = name.starts_with(prefix) ? name.substr(prefix.size()) : "";
    const bool numbered =
        !digits.empty() && digits.size() <= 18 && digits.find_first_not_of("0123456789") == std::string::npos;
    if (numbered && entry->path().extension() == extension) files.push_back({std::stoll(digits), entry->path()});
  }
  // What cannot be listed is not empty: a run would start anew on top of it.
  if (problem) throw Error("cannot list the folder '" + folder.string() + "': " + problem.message());
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.step < b.step; });
  return files;
}

}  // namespace cspgan
