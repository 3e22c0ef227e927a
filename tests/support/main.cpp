// Catch2's main, in a file of its own. LibTorch seeds its default generator from the clock; here each test case starts
// from the same numbers, alone or after others, so that none fails once in a hundred runs.
#include <ATen/Context.h>
#include <c10/util/Logging.h>
#undef CHECK
#undef CHECK_THROWS

#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#include <catch2/reporters/catch_reporter_event_listener.hpp>
#include <catch2/reporters/catch_reporter_registrars.hpp>
using Listener = Catch::EventListenerBase;
int main(int argc, char** argv) { return Catch::Session().run(argc, argv); }
#else
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
using Listener = Catch::TestEventListenerBase;
#endif

namespace {

struct SameNumbers : Listener {
  using Listener::Listener;
  void testCaseStarting(const Catch::TestCaseInfo&) override { at::manual_seed(1); }
};

}  // namespace
CATCH_REGISTER_LISTENER(SameNumbers)
