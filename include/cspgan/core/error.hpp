// The exceptions of the library, which never exits, prints or aborts. LibTorch's own (c10::Error) can pass through it.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace [[gnu::visibility("default")]] cspgan {

/// Something went wrong at run time. The message says in one line what, where, and how to mend it.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;

  /// Notes what went wrong besides, after this error and because of it or not.
  void also(std::string message) { others_.push_back(std::move(message)); }
  const std::vector<std::string>& others() const { return others_; }

 private:
  std::vector<std::string> others_;
};

/// An option has a value that cannot work; thrown before any work starts.
class OptionError : public Error {
 public:
  using Error::Error;
};

/// The candidate closest to `word` by edit distance, or "" if `word` is not likely to be a misspelling of any.
std::string closest_match(std::string_view word, const std::vector<std::string>& candidates);

/// A loss, a penalty or a gradient became infinite or NaN.
class NonFiniteError : public Error {
 public:
  using Error::Error;
};

}  // namespace cspgan
