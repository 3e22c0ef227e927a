// The signal that asks the program to stop.
#pragma once

#include <signal.h>

namespace cspgan {

/// The first that StopSignals noted; 0 if none came.
extern volatile sig_atomic_t received_signal;

}  // namespace cspgan
