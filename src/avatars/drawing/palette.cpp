// The colors, in the order of the enumerations.
#include "avatars/drawing/palette.hpp"

#include <array>

namespace cspgan::avatar {

namespace {
template <class Entry, std::size_t count, class Name>
Entry pick(const std::array<Entry, count>& entries, Name name) {
  return entries.at(static_cast<std::size_t>(name));
}
}  // namespace

Tone hair_tone(HairColor color) {
  static constexpr std::array<Tone, 6> tones{{{rgb(92, 88, 116), rgb(52, 46, 60), rgb(32, 27, 40)},
                                              {rgb(255, 231, 158), rgb(242, 200, 104), rgb(211, 156, 70)},
                                              {rgb(172, 116, 76), rgb(122, 76, 48), rgb(86, 50, 36)},
                                              {rgb(255, 199, 217), rgb(246, 150, 184), rgb(214, 104, 154)},
                                              {rgb(240, 138, 78), rgb(203, 84, 44), rgb(156, 54, 38)},
                                              {rgb(240, 243, 248), rgb(203, 209, 220), rgb(158, 165, 184)}}};
  return pick(tones, color);
}

Tone clothes_tone(ClothesColor color) {
  static constexpr std::array<Tone, 8> tones{{{rgb(84, 88, 104), rgb(54, 57, 70), rgb(36, 37, 50)},
                                              {rgb(116, 166, 240), rgb(72, 126, 214), rgb(50, 90, 172)},
                                              {rgb(182, 189, 200), rgb(146, 154, 168), rgb(110, 117, 134)},
                                              {rgb(160, 222, 168), rgb(116, 192, 132), rgb(78, 152, 108)},
                                              {rgb(255, 190, 124), rgb(246, 158, 84), rgb(212, 118, 62)},
                                              {rgb(255, 176, 200), rgb(244, 136, 170), rgb(206, 96, 140)},
                                              {rgb(240, 112, 108), rgb(216, 72, 78), rgb(168, 46, 66)},
                                              {rgb(255, 255, 255), rgb(243, 242, 240), rgb(206, 206, 218)}}};
  return pick(tones, color);
}

SkinTone skin_tone(Skin skin) {
  static constexpr std::array<SkinTone, 6> tones{
      {{rgb(255, 237, 223), rgb(253, 222, 202), rgb(234, 181, 160), rgb(246, 140, 136), rgb(200, 88, 92)},
       {rgb(255, 223, 195), rgb(248, 204, 170), rgb(222, 160, 126), rgb(240, 126, 112), rgb(190, 80, 80)},
       {rgb(246, 206, 164), rgb(231, 182, 138), rgb(198, 137, 98), rgb(224, 110, 88), rgb(174, 72, 68)},
       {rgb(226, 174, 126), rgb(207, 149, 102), rgb(167, 108, 72), rgb(204, 92, 68), rgb(148, 58, 54)},
       {rgb(182, 124, 84), rgb(158, 101, 66), rgb(118, 70, 47), rgb(174, 74, 56), rgb(116, 44, 44)},
       {rgb(134, 88, 64), rgb(110, 69, 50), rgb(78, 46, 37), rgb(142, 60, 52), rgb(82, 30, 34)}}};
  return pick(tones, skin);
}

Tone eye_tone(EyeColor color) {
  static constexpr std::array<Tone, 5> tones{{{rgb(164, 102, 60), rgb(96, 54, 34), rgb(48, 26, 24)},
                                              {rgb(206, 160, 84), rgb(134, 92, 44), rgb(62, 40, 26)},
                                              {rgb(142, 206, 138), rgb(74, 142, 92), rgb(28, 62, 52)},
                                              {rgb(138, 204, 246), rgb(62, 134, 204), rgb(24, 52, 102)},
                                              {rgb(188, 204, 214), rgb(112, 134, 152), rgb(44, 56, 74)}}};
  return pick(tones, color);
}

Tone background_tone(Background background) {
  static constexpr std::array<Tone, 6> tones{{{rgb(255, 226, 206), rgb(252, 198, 172), rgb(240, 162, 140)},
                                              {rgb(255, 243, 204), rgb(252, 223, 148), rgb(242, 192, 106)},
                                              {rgb(218, 246, 232), rgb(164, 224, 204), rgb(112, 190, 176)},
                                              {rgb(218, 240, 255), rgb(162, 210, 246), rgb(108, 168, 226)},
                                              {rgb(236, 228, 255), rgb(202, 186, 244), rgb(160, 140, 220)},
                                              {rgb(255, 226, 234), rgb(250, 190, 208), rgb(230, 146, 176)}}};
  return pick(tones, background);
}

}  // namespace cspgan::avatar
