// The generator of CSPup blocks, compiled once for all programs.
#include "cspgan/models/generator.hpp"

namespace cspgan {

template class BasicGeneratorImpl<CSPupBlock>;

}  // namespace cspgan
