// The colors of the avatars: few, soft, and chosen so that they all go together.
#pragma once

#include "cspgan/avatars/avatar_appearance.hpp"
#include "drawing/canvas.hpp"

namespace cspgan::avatar {

using namespace drawing;

/// A color with a lighter and a darker variant.
struct Tone {
  Color light;
  Color base;
  Color shade;
};

struct SkinTone {
  Color light;
  Color base;
  Color shade;
  Color blush;
  Color lip;
};

Tone hair_tone(HairColor color);
Tone clothes_tone(ClothesColor color);
SkinTone skin_tone(Skin skin);
Tone eye_tone(EyeColor color);
/// From the center of the picture (light) to its edge (shade).
Tone background_tone(Background background);

}  // namespace cspgan::avatar
