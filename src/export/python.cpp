// The Python module, which is the same for every generator.
#include "cspgan/export/python.hpp"

namespace cspgan {

std::string_view python_generator() {
  return
#include "embedded/generator.py.inc"
      ;
}

}  // namespace cspgan
