// How a program here answers the Python script that drives it: each line of standard input is a request, answered by
// one line of standard output. The scripts' own PyTorch processes answer in the same way.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <string>
#include <string_view>

#include "cspgan/core/memory.hpp"

namespace bench {

/// The wall-clock seconds that `work` takes.
template <class Work>
double seconds_of(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// `answer` receives the request's first word and the rest of its line. "memory" is answered here, with the peak
/// resident size in bytes so far. If a request fails, the answer is "error" and the reason.
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
