// The colours of the avatars: few, soft, and chosen so that any of them goes with any other.
#pragma once

#include "canvas.hpp"
#include "cspgan/data/avatar_look.hpp"

namespace cspgan::avatar {

/// A colour with its neighbours in light and in shade.
struct Tone {
  Colour light;
  Colour base;
  Colour shade;
};

struct SkinTone {
  Colour light;
  Colour base;
  Colour shade;
  Colour blush;
  Colour lip;
};

Tone hair_tone(HairColour colour);
Tone clothes_tone(ClothesColour colour);
SkinTone skin_tone(Skin skin);
Tone eye_tone(EyeColour colour);
/// From the middle of the picture (light) to its edge (shade).
Tone background_tone(Background background);

}  // namespace cspgan::avatar
