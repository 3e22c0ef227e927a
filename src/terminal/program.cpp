// Errors, exit codes and signals of programs.
#include "cspgan/terminal/program.hpp"

#include <c10/util/Exception.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <system_error>
#include <vector>

#include "cspgan/core/error.hpp"
#include "cspgan/terminal/progress.hpp"
#include "terminal/print.hpp"
#include "terminal/received_signal.hpp"

namespace cspgan {

volatile sig_atomic_t received_signal = 0;

namespace {

const std::string out_of_memory =
    "out of memory; a smaller --batch-size or --image-size, or networks of fewer features or smaller latents "
    "(--set generator.base_channels=..., discriminator.base_channels, generator.latent_size), need less";

/// LibTorch's words: of a processor's memory, of a GPU's, and of sizes that no machine has.
bool is_out_of_memory(const std::string& message) {
  constexpr std::array words{"not enough memory", "can't allocate memory", "out of memory",
                             "size calculation overflowed"};
  return std::ranges::any_of(words, [&](const char* text) { return message.find(text) != std::string::npos; });
}

extern "C" void note_signal(int number) {
  if (received_signal != 0) {
    signal(number, SIG_DFL);
    raise(number);
    return;
  }
  received_signal = number;
}

int report(std::string_view name, std::string_view message, int code, const std::vector<std::string>& others = {}) {
  say(stderr, "{}: error: {}\n", name, one_line(message));
  for (const std::string& other : others) say(stderr, "{}: also: {}\n", name, one_line(other));
  return code;
}

/// Nobody reads standard output any more: a closed pipe or terminal.
bool reader_is_gone() {
  pollfd output{STDOUT_FILENO, POLLOUT, 0};
  return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

/// Throws Error if a part of what was printed is lost, and somebody would have read it.
void finish_output() {
  errno = 0;  // it stays so if an earlier write failed
  const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
  if (!failed || reader_is_gone()) return;
  throw Error(
      fmt::format("cannot write to standard output{}{}; a part of what was printed is lost: print to another place",
                  errno == 0 ? "" : ": ", errno == 0 ? "" : std::generic_category().message(errno)));
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& character : line)
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) character = '?';
  return line;
}

std::filesystem::path cache_folder(std::string_view name) {
  if (const char* const cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != 0)
    return std::filesystem::path(cache) / "cspgan" / name;
  if (const char* const home = std::getenv("HOME"); home != nullptr && *home != 0)
    return std::filesystem::path(home) / ".cache" / "cspgan" / name;
  return {};
}

std::string shell_text(int argc, char** argv) {
  std::string text;
  for (int i = 0; i < argc; ++i) {
    std::string word = argv[i];
    if (word.empty() || word.find_first_of(" \t\"'$&|;<>()*?[]{}\\") != std::string::npos) {
      for (std::size_t at = word.find('\''); at != std::string::npos; at = word.find('\'', at + 4))
        word.replace(at, 1, "'\\''");
      word = "'" + word + "'";
    }
    text += (i == 0 ? "" : " ") + word;
  }
  return text;
}

void print_warning(std::string_view name, std::string_view message) {
  erase_progress();
  say(stderr, "{}: warning: {}\n", name, one_line(message));
}

int run_program(std::string_view name, const std::function<int()>& body) {
  // A descriptor that is closed would be given to the next file that is opened, which then gets what is printed.
  for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor)
    if (::fcntl(descriptor, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) < 0) return 1;
  signal(SIGPIPE, SIG_IGN);  // a closed pipe behind our output is no reason to lose work
  signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of that file, with its name
  try {
    const int code = body();
    if (code == 0) finish_output();
    return code;
  } catch (const StoppedBySignal& stopped) {
    return stopped.exit_code;
  } catch (const OptionError& error) {
    return report(name, error.what(), 2, error.others());
  } catch (const Error& error) {
    return report(name, error.what(), 1, error.others());
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    return report(name, is_out_of_memory(message) ? out_of_memory : message, 1);
  } catch (const std::bad_alloc&) {
    return report(name, out_of_memory, 1);
  } catch (const std::exception& error) {
    return report(name, error.what(), 1);
  }
}

StopSignals::StopSignals() {
  received_signal = 0;
  struct sigaction action {};
  action.sa_handler = note_signal;
  sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < signals_.size(); ++i) {
    sigaction(signals_[i], nullptr, &before_[i]);
    if (before_[i].sa_handler != SIG_IGN) sigaction(signals_[i], &action, nullptr);
  }
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < signals_.size(); ++i) sigaction(signals_[i], &before_[i], nullptr);
}

bool StopSignals::received() const { return received_signal != 0; }
int StopSignals::exit_code() const { return received_signal == 0 ? 0 : 128 + received_signal; }

}  // namespace cspgan
