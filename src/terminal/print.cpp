// Whether a stream takes text.
#include "terminal/print.hpp"

#include <poll.h>

#include <atomic>
#include <cstdio>

#include "terminal/received_signal.hpp"

namespace cspgan {

bool takes_text_now(std::FILE* stream) {
  pollfd output{fileno(stream), POLLOUT, 0};
  return poll(&output, 1, 0) != 0;  // an error is the write's to find
}

bool takes_text(std::FILE* stream) {
  constexpr int patience = 50;  // times a tenth of a second
  static std::atomic<bool> waited_in_vain = false;
  for (int waited = 0; !takes_text_now(stream); ++waited) {
    if (waited_in_vain || received_signal != 0 || waited == patience) {
      waited_in_vain = true;
      return false;
    }
    poll(nullptr, 0, 100);
  }
  waited_in_vain = false;
  return true;
}

}  // namespace cspgan
