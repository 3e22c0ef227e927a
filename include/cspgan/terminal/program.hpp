// What every program does alike: one-line errors, exit codes, orderly answers to signals.
#pragma once

#include <signal.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// Control characters, which names of files may hold, become question marks.
std::string one_line(std::string_view text);

/// A command line as one would type it in a shell.
std::string shell_text(int argc, char** argv);

/// A folder of this name in the user's cache ($XDG_CACHE_HOME or ~/.cache); empty if there is no home.
std::filesystem::path cache_folder(std::string_view name);

/// One line on standard error, "<name>: warning: <message>", in the place of a bar that is drawn.
void print_warning(std::string_view name, std::string_view message);

/// Runs `body` and turns what it throws into one line on standard error, "<name>: error: <message>", and an exit code:
/// 2 for OptionError (wrong usage), 1 for everything else, else what `body` returns. What went wrong besides
/// (Error::others) follows in lines of its own. A closed pipe behind the program's
/// output (SIGPIPE) is ignored; that what was printed cannot be written for another reason, a full disk, is an error.
int run_program(std::string_view name, const std::function<int()>& body);

/// While it lives, SIGINT, SIGTERM and SIGHUP are noted instead of ending the process; a second one ends it at once. A
/// signal that is ignored when it begins, as nohup has SIGHUP ignored, stays so. Afterwards all is as it was.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  bool received() const;
  /// 128 + the signal's number (130 for Ctrl-C, 143 for SIGTERM, 129 for SIGHUP); 0 if none came.
  int exit_code() const;

 private:
  static constexpr std::array signals_{SIGINT, SIGTERM, SIGHUP};
  std::array<struct sigaction, signals_.size()> before_{};
};

}  // namespace cspgan
