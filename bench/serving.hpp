// How a program here answers the Python script that drives it: a request on each line of standard input, a line of
// standard output for each. The scripts' own PyTorch processes answer alike.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include "cspgan/core/memory.hpp"

namespace bench {

template <class Work>
double seconds_of(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// `answer` is given the request's first word and the rest of its line. "memory" is answered here: the peak resident
/// bytes so far. A failure becomes the answer "error" with its reason.
inline void serve(const std::function<std::string(std::string_view, std::string_view)>& answer) {
  for (std::string line; std::getline(std::cin, line);) {
    const std::string request = line.substr(0, line.find(' '));
    const std::string rest = request.size() < line.size() ? line.substr(request.size() + 1) : "";
    try {
      std::cout << (request == "memory" ? std::to_string(cspgan::peak_resident_bytes()) : answer(request, rest))
                << std::endl;
    } catch (const std::exception& error) {
      const std::string reason = error.what();
      std::cout << "error " << reason.substr(0, reason.find('\n')) << std::endl;
    }
  }
}

}  // namespace bench
