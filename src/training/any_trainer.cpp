// The instantiation behind AnyTrainer.
#include "cspgan/training/any_trainer.hpp"

namespace cspgan {

template class Trainer<Generator, Discriminator, AnyLoss, PolicyList>;

}  // namespace cspgan
