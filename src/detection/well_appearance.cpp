// Checks what is drawn of a picture of wells.
#include "cspgan/detection/well_appearance.hpp"

#include <fmt/format.h>

#include "core/checks.hpp"

namespace cspgan {

namespace {
constexpr Range any_angle{-36000, 36000};
constexpr Range either_way{-1, 1};
constexpr Range share{0, 1};
}  // namespace

void WellAppearance::validate() const {
  if (cups.size() != cup_count)
    throw OptionError(fmt::format("wells: cups describes {} cups, but has to describe {}, even if fewer are drawn",
                                  cups.size(), cup_count));
  require_within(light.direction_degrees, any_angle, "wells: light.direction_degrees");
  require_within(light.strength, {0, 4}, "wells: light.strength");
  require_within(light.warmth, either_way, "wells: light.warmth");
  require_within(light.falloff, share, "wells: light.falloff");
  require_within(light.vignette, share, "wells: light.vignette");
  require_within(rotation_degrees, any_angle, "wells: rotation_degrees");
  require_within(scale, {0.1, 10}, "wells: scale");
  require_within(shift_x, {-4, 4}, "wells: shift_x");
  require_within(shift_y, {-4, 4}, "wells: shift_y");
  require_within(plate_shade, either_way, "wells: plate_shade");
  for (const WellCup& cup : cups) {
    require_within(cup.shift_x, either_way, "wells: cups.shift_x");
    require_within(cup.shift_y, either_way, "wells: cups.shift_y");
    require_within(cup.shade, either_way, "wells: cups.shade");
    require_within(cup.lid_shade, either_way, "wells: cups.lid_shade");
    require_within(cup.tab_degrees, any_angle, "wells: cups.tab_degrees");
  }
  for (const DustGrain& grain : dust) {
    require_within(grain.x, share, "wells: dust.x");
    require_within(grain.y, share, "wells: dust.y");
    require_within(grain.radius, share, "wells: dust.radius");
    require_within(grain.length, {0, 8}, "wells: dust.length");
    require_within(grain.angle_degrees, any_angle, "wells: dust.angle_degrees");
    require_within(grain.bend, either_way, "wells: dust.bend");
    require_within(grain.opacity, share, "wells: dust.opacity");
    require_within(grain.shade, share, "wells: dust.shade");
  }
  require_within(defect.cup, share, "wells: defect.cup");
  require_within(defect.angle_degrees, any_angle, "wells: defect.angle_degrees");
  require_within(defect.x, share, "wells: defect.x");
  require_within(defect.y, share, "wells: defect.y");
  require_within(defect.bend, either_way, "wells: defect.bend");
  require_within(defect.size, {1e-6, 10}, "wells: defect.size");
  require_within(defect.contrast, share, "wells: defect.contrast");
}

}  // namespace cspgan
