// Draws one avatar, without tensors.
#pragma once

#include <cstdint>

#include "cspgan/avatars/avatar_appearance.hpp"

namespace cspgan::avatar {

/// Writes three planes (red, green, blue) of size * size bytes each.
void draw(const AvatarAppearance& appearance, int size, std::uint8_t* planes);

}  // namespace cspgan::avatar
