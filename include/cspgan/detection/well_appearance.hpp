// The description of a picture of wells: cups on a plate seen from above, the light on them, dust, and a defect.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cspgan/core/options.hpp"

namespace [[gnu::visibility("default")]] cspgan {

/// What is wrong with one of the cups.
enum class Defect {
  none,
  leak,         // a dark, wet streak with drops, from the rim outward
  chip,         // a piece is broken out of the rim
  missing_lid,  // the cup is open: its dark inside shows
  hair,         // a thin curved line lies across
};

template <>
struct EnumNames<Defect> {
  using enum Defect;
  static constexpr std::array<std::pair<Defect, std::string_view>, 5> names{
      {{none, "none"}, {leak, "leak"}, {chip, "chip"}, {missing_lid, "missing_lid"}, {hair, "hair"}}};
};

/// The light on the whole picture.
struct WellLight {
  double direction_degrees = 225;  // where it comes from: 0 right, 90 below, 180 left, 270 above
  double strength = 1;             // factor of all colors
  double warmth = 0;               // from -1 (bluish) to 1 (reddish)
  double falloff = 0.1;            // how much darker the side away from the light is, as a share
  double vignette = 0.2;           // how much darker the corners are, as a share

  static void describe(auto&& self, auto&& field) {
    field("direction_degrees", self.direction_degrees, "where it comes from: 0 right, 90 below, 180 left, 270 above");
    field("strength", self.strength, "factor of all colors");
    field("warmth", self.warmth, "from -1 (bluish) to 1 (reddish)");
    field("falloff", self.falloff, "how much darker the side away from the light is, as a share");
    field("vignette", self.vignette, "how much darker the corners are, as a share");
  }
  friend bool operator==(const WellLight&, const WellLight&) = default;
};

/// One cup, relative to its place on the plate. Lengths are fractions of its radius.
struct WellCup {
  double shift_x = 0;
  double shift_y = 0;
  double shade = 0;        // of the rim, from -1 (darker) to 1 (lighter)
  double lid_shade = 0;    // from -1 (darker) to 1 (lighter)
  double tab_degrees = 0;  // where the lid's tab points: 0 right, 90 down

  static void describe(auto&& self, auto&& field) {
    field("shift_x", self.shift_x, "shift to the right, as a fraction of the radius");
    field("shift_y", self.shift_y, "downward shift, as a fraction of the radius");
    field("shade", self.shade, "of the rim, from -1 (darker) to 1 (lighter)");
    field("lid_shade", self.lid_shade, "from -1 (darker) to 1 (lighter)");
    field("tab_degrees", self.tab_degrees, "where the lid's tab points: 0 right, 90 down");
  }
  friend bool operator==(const WellCup&, const WellCup&) = default;
};

/// A speck of dust, or a fiber if it has a length. Lengths are fractions of half the picture's shorter side.
struct DustGrain {
  double x = 0;  // of the picture, from 0 (left) to 1 (right)
  double y = 0;  // from 0 (top) to 1 (bottom)
  double radius = 0.02;
  double length = 0;
  double angle_degrees = 0;
  double bend = 0;  // of a fiber, from -1 to 1
  double opacity = 0.5;
  double shade = 0;  // gray value from 0 (black) to 1 (white)

  static void describe(auto&& self, auto&& field) {
    field("x", self.x, "from 0 (left) to 1 (right)");
    field("y", self.y, "from 0 (top) to 1 (bottom)");
    field("radius", self.radius, "half its width, as a fraction of half the picture's shorter side");
    field("length", self.length, "of a fiber, as a fraction of half the picture's shorter side; 0: a speck");
    field("angle_degrees", self.angle_degrees, "direction of a fiber: 0 right, 90 down");
    field("bend", self.bend, "of a fiber, from -1 to 1");
    field("opacity", self.opacity, "how much it covers, in [0, 1]");
    field("shade", self.shade, "gray value, from 0 (black) to 1 (white)");
  }
  friend bool operator==(const DustGrain&, const DustGrain&) = default;
};

/// What is wrong, where, and how much. A leak, a chip and a missing lid are at one cup; a hair lies anywhere.
struct WellDefect {
  Defect kind = Defect::none;
  double cup = 0;            // which of the cups, as a share of them in [0, 1]: row by row from the top left
  double angle_degrees = 0;  // where on the rim a leak or a chip is; the direction of a hair: 0 right, 90 down
  double x = 0.5;            // the middle of a hair, from 0 (left) to 1 (right)
  double y = 0.5;            // from 0 (top) to 1 (bottom)
  double bend = 0;           // of a leak or a hair, from -1 to 1
  double size = 1;           // factor of its length and width, > 0
  double contrast = 1;       // how much it covers, in [0, 1]

  static void describe(auto&& self, auto&& field) {
    field("kind", self.kind, "what is wrong");
    field("cup", self.cup, "which of the cups, as a share of them in [0, 1]: row by row from the top left");
    field("angle_degrees", self.angle_degrees, "where on the rim it is; direction of a hair: 0 right, 90 down");
    field("x", self.x, "middle of a hair, from 0 (left) to 1 (right)");
    field("y", self.y, "middle of a hair, from 0 (top) to 1 (bottom)");
    field("bend", self.bend, "of a leak or a hair, from -1 to 1");
    field("size", self.size, "factor of its length and width, > 0");
    field("contrast", self.contrast, "how much it covers, in [0, 1]");
  }
  friend bool operator==(const WellDefect&, const WellDefect&) = default;
};

/// Everything that determines a picture, except its size.
struct WellAppearance {
  static constexpr std::size_t cup_count = 6;  // as many as are drawn at most

  WellLight light = {};
  double rotation_degrees = 0;  // of the plate with its cups, clockwise
  double scale = 1;             // of the plate with its cups
  double shift_x = 0;           // to the right, as a fraction of half the picture's shorter side
  double shift_y = 0;           // downward, likewise
  double plate_shade = 0;       // from -1 (darker) to 1 (lighter)
  std::int64_t grain_seed = 0;  // of the plate's texture
  std::vector<WellCup> cups =
      std::vector<WellCup>(cup_count);  // the first ones are drawn, as many as there is room for
  std::vector<DustGrain> dust = {};
  WellDefect defect = {};

  static void describe(auto&& self, auto&& field) {
    field("light", self.light, "the light on the whole picture");
    field("rotation_degrees", self.rotation_degrees, "of the plate with its cups, clockwise");
    field("scale", self.scale, "of the plate with its cups");
    field("shift_x", self.shift_x, "to the right, as a fraction of half the picture's shorter side");
    field("shift_y", self.shift_y, "downward, as a fraction of half the picture's shorter side");
    field("plate_shade", self.plate_shade, "from -1 (darker) to 1 (lighter)");
    field("grain_seed", self.grain_seed, "of the plate's texture");
    field("cups", self.cups, "6 cups, of which the first are drawn, as many as there is room for");
    field("dust", self.dust, "specks and fibers");
    field("defect", self.defect, "what is wrong");
  }
  /// Throws OptionError naming the value that is out of range: shares are in [0, 1], shades, bends, the warmth and the
  /// cups' shifts in [-1, 1], light.strength in [0, 4], scale in [0.1, 10], shift_x and shift_y in [-4, 4], a defect's
  /// size in [1e-6, 10], and there are 6 cups.
  void validate() const;
  friend bool operator==(const WellAppearance&, const WellAppearance&) = default;
};

}  // namespace cspgan
