// The drawing of one avatar, free of tensors.
#pragma once

#include <cstdint>

#include "cspgan/data/avatar_look.hpp"

namespace cspgan::avatar {

/// Writes three planes (red, green, blue) of size * size bytes.
void draw(const AvatarLook& look, int size, std::uint8_t* planes);

}  // namespace cspgan::avatar
