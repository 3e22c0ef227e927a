#include "programs/resumed_run.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cspgan/terminal/program.hpp"
#include "programs/output_paths.hpp"

namespace cspgan {

namespace {

/// The path that `resume` names, or "" for one of its words.
std::string resumed_path(const std::string& resume) {
  if (!is_path_to_resume(resume)) return {};
  return text_in_json(resolved(resume).string());
}

/// Why `own`, the run that the folder holds, is not the one that began at `path` with the options of this one; "" if it
/// is. Its length, its data and its machine may be others, as for a run that goes on by itself.
std::string why_another_run(const Value& own, const std::string& path, const ResumeQuestions& questions) {
  const Value* const began = own.find("resumed_from");
  if (began == nullptr || !(*began == Value(path))) return "it did not begin there";
  Value run = questions.description();
  if (const Value* const before = own.find("recipe"); before != nullptr && before->is_object())
    for (const char* length : {"kimg", "epochs", "steps"})
      if (const Value* const there = before->find(length)) run["recipe"].set(length, *there);
  return fmt::format("{}", fmt::join(questions.option_changes(own, run), "; "));
}

}  // namespace

ResumedRun find_run_to_resume(const std::string& resume, const RunFolder& folder, const ResumeQuestions& questions) {
  ResumedRun found;
  found.resumed_from = resumed_path(resume);
  bool goes_on = false;
  found.checkpoint = folder.checkpoint_to_resume(
      resume, [&](const std::string& reason) { print_warning(questions.program, reason); },
      [&](const Value& own) {
        const std::string why = why_another_run(own, found.resumed_from, questions);
        if (!why.empty())
          print_warning(questions.program,
                        fmt::format("'{}' holds a run of its own, which is set aside (*.replaced) for one that begins "
                                    "at '{}': {}; to go on with it, leave --resume out",
                                    folder.root.string(), resume, why));
        return goes_on = why.empty();
      });
  found.over_another = is_path_to_resume(resume) && !is_within(resume, folder.root) && !goes_on;
  if (found.resumed_from.empty() && found.checkpoint)
    if (const Value* const earlier = found.checkpoint->run.find("resumed_from"); earlier && earlier->is_string())
      found.resumed_from = earlier->string();
  return found;
}

}  // namespace cspgan
