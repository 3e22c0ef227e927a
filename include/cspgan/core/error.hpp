// The exceptions of the library. It never exits, prints or aborts; LibTorch's exceptions (c10::Error) can pass through.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// Something went wrong at run time. The message says in one line what went wrong, where, and how to mend it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// Adds the message of a further error, which came after this one and need not be caused by it.
  void also(std::string message) { others_.push_back(std::move(message)); }
  const std::vector<std::string>& others() const { return others_; }

 private:
  std::vector<std::string> others_;
};

/// An option has a value that cannot work. Thrown before any work starts.
class OptionError : public Error {
 public:
  using Error::Error;
};

/// A file is there and cannot be read at the moment: no permission, a disk that fails, too many open files. It may be
/// whole.
class UnreadableError : public Error {
 public:
  using Error::Error;
};

/// A file cannot be read because the process has too many open files or too little memory: nothing is wrong with the
/// file.
class NoResourcesError : public UnreadableError {
 public:
  using UnreadableError::UnreadableError;
};

/// The candidate closest to `word` by edit distance, or "" if `word` is not likely to be a misspelling of any.
std::string closest_match(std::string_view word, const std::vector<std::string>& candidates);

/// A loss, a penalty or a gradient became infinite or NaN.
class NonFiniteError : public Error {
 public:
  using Error::Error;
};

}  // namespace cspgan
