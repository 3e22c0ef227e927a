// Captures standard error as a terminal and as a file.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <stdexcept>
#include <string>

namespace cspgan_test {

/// The control sequence that erases a line.
inline const std::string erased = "\r\033[K";

/// The text that `action` writes to standard error if that is a terminal.
inline std::string on_terminal(const std::function<void()>& action) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  if (terminal < 0 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
    throw std::runtime_error("cannot make a terminal");
  const int writer = open(ptsname(terminal), O_RDWR | O_NOCTTY);
  const int before = dup(STDERR_FILENO);
  fflush(stderr);
  dup2(writer, STDERR_FILENO);
  action();
  fflush(stderr);
  dup2(before, STDERR_FILENO);
  std::string written;
  for (pollfd readable{terminal, POLLIN, 0}; poll(&readable, 1, 100) > 0 && (readable.revents & POLLIN) != 0;) {
    char bytes[4096];
    const ssize_t count = read(terminal, bytes, sizeof bytes);
    if (count <= 0) break;
    written.append(bytes, static_cast<std::size_t>(count));
  }
  for (const int descriptor : {writer, before, terminal}) close(descriptor);
  return written;
}

/// The text that `action` writes to standard error if that is a file.
inline std::string on_file(const std::function<void()>& action) {
  FILE* const file = tmpfile();
  if (file == nullptr) throw std::runtime_error("cannot make a temporary file");
  const int before = dup(STDERR_FILENO);
  fflush(stderr);
  dup2(fileno(file), STDERR_FILENO);
  action();
  fflush(stderr);
  dup2(before, STDERR_FILENO);
  close(before);
  rewind(file);
  std::string written;
  for (int byte = fgetc(file); byte != EOF; byte = fgetc(file)) written += static_cast<char>(byte);
  fclose(file);
  return written;
}

}  // namespace cspgan_test
