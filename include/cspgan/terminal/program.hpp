// What all programs share: one-line errors, exit codes, and an orderly stop after a signal.
#pragma once

#include <signal.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace [[gnu::visibility("default")]] cspgan {

/// The text with each control character, which a file's name may contain, replaced by a question mark.
std::string one_line(std::string_view text);

/// The command line as one would type it in a shell.
std::string shell_text(int argc, char** argv);

/// A folder of this name in the user's cache ($XDG_CACHE_HOME or ~/.cache); empty if there is no home.
std::filesystem::path cache_folder(std::string_view name);

/// Prints one line on standard error, "<name>: warning: <message>". It replaces a progress bar if one is drawn.
void print_warning(std::string_view name, std::string_view message);

/// Thrown out of work that a signal ends.
struct StoppedBySignal {
  int exit_code = 0;  // StopSignals'
};

/// Runs `body` and turns what it throws into one line on standard error, "<name>: error: <message>", and an exit code:
/// 2 for OptionError (wrong usage), 1 for everything else; StoppedBySignal's without a word. Returns what `body`
/// returns if it throws nothing. Further errors (Error::others) follow on lines of their own. If the reader of the
/// program's output closes its pipe (SIGPIPE), this is ignored; if the output cannot be written for another reason,
/// such as a full disk, that is an error.
int run_program(std::string_view name, const std::function<int()>& body);

/// During its lifetime, SIGINT, SIGTERM, SIGHUP, SIGUSR1 and SIGXCPU, which batch systems send before they kill, are
/// noted instead of ending the process; a second one ends it at once. A signal that was ignored before, as SIGHUP is
/// under nohup, stays ignored. The destructor restores the signals' former handling.
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
  static constexpr std::array signals_{SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGXCPU};
  std::array<struct sigaction, signals_.size()> before_{};
};

}  // namespace cspgan
