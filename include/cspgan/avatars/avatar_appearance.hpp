// The description of an avatar: five labeled features that define its style, and everything else that varies.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

namespace avatar {
enum class Hair { bald, bun, curly, long_straight, short_wavy, short_flat, frizzy };
enum class HairColor { black, blonde, brown, pink, red, silver };
enum class Glasses { none, round, sunglasses };
enum class Clothes { hoodie, overalls, scoop_neck, v_neck };
enum class ClothesColor { black, blue, gray, green, orange, pink, red, white };
enum class Skin { porcelain, fair, beige, tan, brown, deep };
enum class Expression { neutral, smile, grin, surprised, joyful, wink };
enum class EyeColor { brown, hazel, green, blue, gray };
enum class Background { peach, butter, mint, sky, lavender, rose };
}  // namespace avatar

template <>
struct EnumNames<avatar::Hair> {
  using enum avatar::Hair;
  static constexpr std::array<std::pair<avatar::Hair, std::string_view>, 7> names{{{bald, "bald"},
                                                                                   {bun, "bun"},
                                                                                   {curly, "curly"},
                                                                                   {long_straight, "long_straight"},
                                                                                   {short_wavy, "short_wavy"},
                                                                                   {short_flat, "short_flat"},
                                                                                   {frizzy, "frizzy"}}};
};
template <>
struct EnumNames<avatar::HairColor> {
  using enum avatar::HairColor;
  static constexpr std::array<std::pair<avatar::HairColor, std::string_view>, 6> names{
      {{black, "black"}, {blonde, "blonde"}, {brown, "brown"}, {pink, "pink"}, {red, "red"}, {silver, "silver"}}};
};
template <>
struct EnumNames<avatar::Glasses> {
  using enum avatar::Glasses;
  static constexpr std::array<std::pair<avatar::Glasses, std::string_view>, 3> names{
      {{none, "none"}, {round, "round"}, {sunglasses, "sunglasses"}}};
};
template <>
struct EnumNames<avatar::Clothes> {
  using enum avatar::Clothes;
  static constexpr std::array<std::pair<avatar::Clothes, std::string_view>, 4> names{
      {{hoodie, "hoodie"}, {overalls, "overalls"}, {scoop_neck, "scoop_neck"}, {v_neck, "v_neck"}}};
};
template <>
struct EnumNames<avatar::ClothesColor> {
  using enum avatar::ClothesColor;
  static constexpr std::array<std::pair<avatar::ClothesColor, std::string_view>, 8> names{{{black, "black"},
                                                                                           {blue, "blue"},
                                                                                           {gray, "gray"},
                                                                                           {green, "green"},
                                                                                           {orange, "orange"},
                                                                                           {pink, "pink"},
                                                                                           {red, "red"},
                                                                                           {white, "white"}}};
};
template <>
struct EnumNames<avatar::Skin> {
  using enum avatar::Skin;
  static constexpr std::array<std::pair<avatar::Skin, std::string_view>, 6> names{
      {{porcelain, "porcelain"}, {fair, "fair"}, {beige, "beige"}, {tan, "tan"}, {brown, "brown"}, {deep, "deep"}}};
};
template <>
struct EnumNames<avatar::Expression> {
  using enum avatar::Expression;
  static constexpr std::array<std::pair<avatar::Expression, std::string_view>, 6> names{{{neutral, "neutral"},
                                                                                         {smile, "smile"},
                                                                                         {grin, "grin"},
                                                                                         {surprised, "surprised"},
                                                                                         {joyful, "joyful"},
                                                                                         {wink, "wink"}}};
};
template <>
struct EnumNames<avatar::EyeColor> {
  using enum avatar::EyeColor;
  static constexpr std::array<std::pair<avatar::EyeColor, std::string_view>, 5> names{
      {{brown, "brown"}, {hazel, "hazel"}, {green, "green"}, {blue, "blue"}, {gray, "gray"}}};
};
template <>
struct EnumNames<avatar::Background> {
  using enum avatar::Background;
  static constexpr std::array<std::pair<avatar::Background, std::string_view>, 6> names{
      {{peach, "peach"}, {butter, "butter"}, {mint, "mint"}, {sky, "sky"}, {lavender, "lavender"}, {rose, "rose"}}};
};

/// The five features of a style; there are 7 * 6 * 3 * 4 * 8 = 4,032 combinations.
struct AvatarStyle {
  static constexpr std::int64_t count = 4032;

  avatar::Hair hair = avatar::Hair::bald;
  avatar::HairColor hair_color = avatar::HairColor::black;
  avatar::Glasses glasses = avatar::Glasses::none;
  avatar::Clothes clothes = avatar::Clothes::hoodie;
  avatar::ClothesColor clothes_color = avatar::ClothesColor::black;

  /// The index of the style in [0, count): the features are its digits, with hair the most significant.
  std::int64_t number() const;
  /// The inverse of number(). Throws OptionError for a number outside [0, count).
  static AvatarStyle from_number(std::int64_t number);

  static void describe(auto&& self, auto&& field) {
    field("hair", self.hair, "shape of the hair");
    field("hair_color", self.hair_color, "color of hair and eyebrows");
    field("glasses", self.glasses, "kind of glasses, or none");
    field("clothes", self.clothes, "kind of top");
    field("clothes_color", self.clothes_color, "color of the top");
  }
  friend bool operator==(const AvatarStyle&, const AvatarStyle&) = default;
};

/// The position of the figure in the picture. Lengths are fractions of half the picture's width.
struct AvatarPose {
  double tilt_degrees = 0;  // of the head; positive toward the right of the picture
  double shift_x = 0;
  double shift_y = 0;
  double scale = 1;
  double gaze_x = 0;     // where the eyes look, from -1 (left) to 1 (right)
  double jaw_width = 0;  // from -1 (narrow) to 1 (wide)

  static void describe(auto&& self, auto&& field) {
    field("tilt_degrees", self.tilt_degrees, "tilt of the head in degrees, positive toward the right");
    field("shift_x", self.shift_x, "shift to the right, as a fraction of half the width");
    field("shift_y", self.shift_y, "downward shift, as a fraction of half the width");
    field("scale", self.scale, "factor of the figure's size");
    field("gaze_x", self.gaze_x, "direction of the eyes, from -1 (left) to 1 (right)");
    field("jaw_width", self.jaw_width, "width of the jaw, from -1 (narrow) to 1 (wide)");
  }
  friend bool operator==(const AvatarPose&, const AvatarPose&) = default;
};

/// Everything that determines the picture of an avatar, except its size.
struct AvatarAppearance {
  AvatarStyle style = {};
  avatar::Skin skin = avatar::Skin::fair;
  avatar::EyeColor eye_color = avatar::EyeColor::brown;
  avatar::Expression expression = avatar::Expression::smile;
  avatar::Background background = avatar::Background::sky;
  AvatarPose pose = {};

  static void describe(auto&& self, auto&& field) {
    field("style", self.style, "the five labeled features");
    field("skin", self.skin, "tone of the skin");
    field("eye_color", self.eye_color, "color of the eyes");
    field("expression", self.expression, "eyes, eyebrows and mouth");
    field("background", self.background, "color behind the figure");
    field("pose", self.pose, "position of the figure");
  }
  friend bool operator==(const AvatarAppearance&, const AvatarAppearance&) = default;
};

}  // namespace cspgan
