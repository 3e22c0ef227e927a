// Printing that does not fail if the reader has closed the pipe.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

namespace cspgan {

/// Whether the stream takes text now, or does within seconds: a terminal may be frozen and a pager wait, and a run must
/// not wait with them. After a signal that ends the program, and after one wait in vain, there is none.
bool takes_text(std::FILE* stream);
/// The same without any wait.
bool takes_text_now(std::FILE* stream);

/// Formats and writes. Does not throw if the text cannot be written, because a closed pipe is no reason to end a run.
/// What the stream does not take is dropped.
template <class... Arguments>
void say(std::FILE* stream, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  if (!takes_text(stream)) return;
  const std::string text = fmt::format(format, std::forward<Arguments>(arguments)...);
  static_cast<void>(std::fwrite(text.data(), 1, text.size(), stream));
}

}  // namespace cspgan
