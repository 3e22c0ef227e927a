// The discriminator of our blocks, compiled once for all programs.
#include "cspgan/models/discriminator.hpp"

namespace cspgan {

template class BasicDiscriminatorImpl<DownsamplingBlock>;

}  // namespace cspgan
