// The whole picture of wells, from the plate up to the dust, and then the light on it.
#include "detection/drawing/draw_wells.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <vector>

#include "drawing/canvas.hpp"
#include "drawing/shapes.hpp"

namespace cspgan::wells {

using namespace drawing;

namespace {

constexpr Color plate_color = rgb(112, 124, 138);
constexpr Color plate_shadow = rgb(34, 40, 50);
constexpr Color rim_color = rgb(226, 224, 217);
constexpr Color rim_shade = rgb(128, 132, 142);
constexpr Color lid_color = rgb(94, 164, 176);
constexpr Color lid_light = rgb(170, 218, 222);
constexpr Color lid_shade = rgb(46, 102, 118);
constexpr Color liquid = rgb(62, 40, 30);
constexpr Color hair_color = rgb(44, 34, 32);
constexpr float radius_of_cell = 0.345f;  // of a cup, as a share of its cell's shorter side
constexpr float rim_inside = 0.82f;       // in radii of the cup, as are all lengths of a cup

Point toward(double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  return {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
}

Frame turned(double degrees) {
  Frame frame;
  frame.cosine = toward(degrees).x;
  frame.sine = toward(degrees).y;
  return frame;
}

/// A number in [-1, 1] for each point of a lattice.
float lattice_value(std::int32_t x, std::int32_t y, std::uint32_t seed) {
  std::uint32_t h =
      seed ^ (static_cast<std::uint32_t>(x) * 0x9e3779b1U) ^ (static_cast<std::uint32_t>(y) * 0x85ebca6bU);
  h = (h ^ (h >> 16)) * 0x7feb352dU;
  h = (h ^ (h >> 15)) * 0x846ca68bU;
  return static_cast<float>((h ^ (h >> 16)) >> 8) * (2.0f / 16777216.0f) - 1.0f;
}

/// Value noise: smooth between the points of a lattice (Perlin 1985 has gradients where this has values).
float noise(Point p, std::uint32_t seed) {
  const float left = std::floor(p.x), top = std::floor(p.y);
  const auto x = static_cast<std::int32_t>(left);
  const auto y = static_cast<std::int32_t>(top);
  const float across = smooth(0, 1, p.x - left);
  const float a = lattice_value(x, y, seed), b = lattice_value(x + 1, y, seed);
  const float c = lattice_value(x, y + 1, seed), d = lattice_value(x + 1, y + 1, seed);
  const float upper = a + across * (b - a), lower = c + across * (d - c);
  return upper + smooth(0, 1, p.y - top) * (lower - upper);
}

Color scaled(Color color, float factor) { return {factor * color.red, factor * color.green, factor * color.blue}; }

/// One cup with its frame, in which its rim has the radius 1.
struct Cup {
  const WellCup& look;
  Frame frame;
  Point light;  // toward the light, in that frame
};

/// Brushed metal, with a groove and a shadow for each cup.
void paint_plate(Canvas& canvas, const WellAppearance& appearance, const Frame& plate, const std::vector<Cup>& cups) {
  const auto seed = static_cast<std::uint32_t>(appearance.grain_seed);
  const float shade = 1 + 0.08f * static_cast<float>(appearance.plate_shade);
  canvas.change([&](Color, Point on_canvas) {
    const Point p = plate.to_figure(on_canvas);
    const float brushed = noise({0.9f * p.x + 100, 6.5f * p.y + 100}, seed);
    const float stained = noise({1.6f * p.x + 100, 1.6f * p.y + 100}, seed + 1);
    return scaled(plate_color, shade * (1 + 0.045f * brushed + 0.035f * stained));
  });
  for (const Cup& cup : cups) {
    Brush brush(canvas, cup.frame);
    const Point away = -1.0f * cup.light;
    brush.stroke(
        around({}, 1.2f), [](Point p) { return std::abs(circle(p, {}, 1.16f)); }, 0.03f, plate_shadow, 0.35f);
    brush.fill(around(0.2f * away, 1.1f), [&](Point p) { return circle(p, 0.2f * away, 1.03f); }, plate_shadow,
               {.opacity = 0.55f, .softness = 0.36f});
    brush.fill(around({}, 1.05f), [](Point p) { return circle(p, {}, 1.04f); }, plate_shadow,
               {.opacity = 0.35f, .softness = 0.12f});
  }
}

/// Glazed: a ring that is round across, so that it is lit outside toward the light and inside away from it.
void paint_rim(Brush& brush, const Cup& cup) {
  const Color base = scaled(rim_color, 1 + 0.06f * static_cast<float>(cup.look.shade));
  brush.fill(
      around({}, 1), [](Point p) { return circle(p, {}, 1); },
      [&](Point p) {
        const float r = length(p);
        const float across = std::clamp((r - 0.91f) / 0.09f, -1.0f, 1.0f);
        const float lit = across * dot(p, cup.light) / std::max(r, 0.1f);
        return lit > 0 ? blend(base, pure_white, 0.75f * lit)
                       : blend(base, rim_shade, std::min(1.0f, -0.85f * lit + 0.25f * across * across));
      });
}

void paint_lid(Brush& brush, const Cup& cup, float opacity) {
  const float shade = 1 + 0.07f * static_cast<float>(cup.look.lid_shade);
  const Point tab = toward(cup.look.tab_degrees);
  const auto tab_shape = [&](Point p) {
    const Point q{dot(p, tab), dot(p, {-tab.y, tab.x})};
    return rounded_box(q, {0.9f, 0}, {0.26f, 0.17f}, 0.12f);
  };
  brush.fill(around(0.9f * tab, 0.4f), [&](Point p) { return tab_shape(p + 0.07f * cup.light); }, plate_shadow,
             {.opacity = 0.5f * opacity, .softness = 0.12f});
  brush.fill(
      around(0.9f * tab, 0.35f), tab_shape,
      [&](Point p) { return scaled(blend(lid_color, lid_shade, 0.55f * smooth(-0.09f, 0, tab_shape(p))), shade); },
      {.opacity = opacity});
  brush.fill(
      around({}, 0.86f), [](Point p) { return circle(p, {}, 0.84f); },
      [&](Point p) {
        const float r = length(p);
        const float toward_light = dot(p, cup.light);
        const float edge = smooth(0.68f, 0.8f, r) * toward_light / std::max(r, 0.1f);
        const float ridge = smooth(0.07f, 0.0f, std::abs(r - 0.56f)) * (r - 0.56f) / 0.07f * toward_light / 0.56f;
        const Color flat = blend(blend(lid_color, lid_shade, 0.18f), lid_light, 0.25f + 0.25f * toward_light);
        const float lit = edge + 1.6f * ridge;
        return scaled(lit > 0 ? blend(flat, lid_light, 0.75f * std::min(lit, 1.0f))
                              : blend(flat, lid_shade, 0.75f * std::min(-lit, 1.0f)),
                      shade);
      },
      {.opacity = opacity});
  const Point shine = 0.3f * cup.light;
  const auto glint = [&](Point p) {
    const Point q{dot(p - shine, cup.light), dot(p - shine, {-cup.light.y, cup.light.x})};
    return ellipse(q, {}, {0.1f, 0.2f});
  };
  brush.fill(around(shine, 0.3f), glint, pure_white, {.opacity = 0.8f * opacity, .softness = 0.16f});
}

/// What shows where there is no lid.
void paint_inside(Brush& brush, const Cup& cup) {
  brush.fill(
      around({}, rim_inside), [](Point p) { return circle(p, {}, rim_inside); },
      [&](Point p) {  // the wall: lit where it faces the light
        return blend(rim_shade, plate_shadow, 0.35f + 0.5f * dot(p, cup.light));
      });
  const auto surface = [](Point p) { return circle(p, {}, 0.68f); };
  brush.fill(around({}, 0.68f), surface, [&](Point p) {
    const float shadow = smooth(0.1f, -0.1f, 0.62f - length(p + 0.16f * cup.light));
    return blend(liquid, rgb(20, 14, 14), 0.75f * shadow);
  });
  const Point shine = -0.34f * cup.light;
  brush.fill(around(shine, 0.2f), [&](Point p) { return circle(p, shine, 0.11f); }, rgb(206, 190, 176),
             {.opacity = 0.6f, .softness = 0.12f});
}

/// A streak that bends and gets thinner, with a drop at its end and one beyond.
struct Leak {
  static constexpr int pieces = 4;
  std::array<Point, pieces + 1> path;
  Point drop;
  float width;

  explicit Leak(const WellDefect& defect) : width(0.12f * static_cast<float>(defect.size)) {
    const auto size = static_cast<float>(defect.size);
    const Point out = toward(defect.angle_degrees);
    const Point aside = (0.3f * size * static_cast<float>(defect.bend)) * Point{-out.y, out.x};
    const Point begin = (0.62f - 0.3f * size) * out, knee = (0.5f + 0.1f * size) * out + aside;
    const Point end = (0.75f + 0.2f * size) * out;
    for (int i = 0; i <= pieces; ++i) {  // a quadratic Bezier curve
      const float t = static_cast<float>(i) / pieces;
      path[static_cast<std::size_t>(i)] = (1 - t) * (1 - t) * begin + 2 * t * (1 - t) * knee + t * t * end;
    }
    drop = end + 0.12f * size * out - 0.35f * aside;
  }
  Point end() const { return path.back(); }
  float operator()(Point p) const {
    float streak = circle(p, end(), 1.1f * width);
    for (std::size_t i = 0; i < pieces; ++i)
      streak = join(streak, segment(p, path[i], path[i + 1]) - (0.95f - 0.12f * static_cast<float>(i)) * width,
                    0.3f * width);
    return std::min(streak, circle(p, drop, 0.75f * width));
  }
  void paint(Brush& brush, Point light, float contrast) const {
    Box box = around(drop, 2 * width);
    for (const Point p : path) {
      box.low = {std::min(box.low.x, p.x - 2 * width), std::min(box.low.y, p.y - 2 * width)};
      box.high = {std::max(box.high.x, p.x + 2 * width), std::max(box.high.y, p.y + 2 * width)};
    }
    brush.fill(box, *this,
               [&](Point p) {
                 const float inside = smooth(0, -width, (*this)(p));
                 const float wet = smooth(0.5f * width, 0, length(p - end() - (0.4f * width) * light));
                 return blend(blend(rgb(30, 18, 14), liquid, inside), rgb(240, 226, 214), 0.8f * wet);
               },
               {.opacity = contrast});
  }
};

/// What shows where a piece of the rim is gone: rough, and dark at the break.
void paint_chip(Brush& brush, const WellDefect& defect) {
  const auto size = static_cast<float>(defect.size);
  const auto bite = [&](double degrees, float radius) {
    return [center = 1.02f * toward(defect.angle_degrees + degrees * defect.size), radius](Point p) {
      return circle(p, center, radius);
    };
  };
  const auto left = bite(-9, 0.25f * size), middle = bite(2, 0.3f * size), right = bite(13, 0.21f * size);
  const auto chip = [&](Point p) { return within(std::min({left(p), middle(p), right(p)}), circle(p, {}, 1.01f)); };
  brush.fill(around(toward(defect.angle_degrees), 0.6f * size), chip,
             [&](Point p) { return blend(rgb(46, 42, 44), rgb(96, 86, 78), smooth(0, -0.14f * size, chip(p))); },
             {.opacity = static_cast<float>(defect.contrast)});
}

/// A thin line of the given half width along a parabola.
void paint_fiber(Brush& brush, float length, double bend, float half_width, Color color, float opacity) {
  const float half = length / 2;
  const float sag = 0.5f * half * static_cast<float>(bend);
  const Point corner{half, std::abs(sag) / 2};
  brush.stroke(
      {-1.0f * corner, corner},
      [&](Point p) {
        return bow(p, {0, -sag / 2}, half, sag);
      },
      half_width, color, opacity);
}

void paint_hair(Canvas& canvas, const WellDefect& defect, Point place) {
  Frame frame = turned(defect.angle_degrees);
  frame.shift = place;
  Brush brush(canvas, frame);
  const auto size = static_cast<float>(defect.size);
  paint_fiber(brush, 1.6f * size, defect.bend, 0.019f * size, hair_color, static_cast<float>(defect.contrast));
}

void paint_grain(Canvas& canvas, const DustGrain& grain, Point place) {
  Frame frame = turned(grain.angle_degrees);
  frame.shift = place;
  Brush brush(canvas, frame);
  const auto gray = static_cast<float>(grain.shade);
  const Color color{gray, gray, gray};
  const auto radius = static_cast<float>(grain.radius);
  const auto opacity = static_cast<float>(grain.opacity);
  if (grain.length > 0) {
    paint_fiber(brush, static_cast<float>(grain.length), grain.bend, radius, color, opacity);
  } else {
    // One smaller than a pixel covers as much of it as its area.
    const float drawn = std::max(radius, 0.6f * canvas.pixel_width());
    brush.fill(around({}, drawn), [&](Point p) { return circle(p, {}, drawn); }, color,
               {.opacity = opacity * (radius / drawn) * (radius / drawn)});
  }
}

void shed_light(Canvas& canvas, const WellLight& light) {
  const Point corner = canvas.bounds().high;
  const Point from = toward(light.direction_degrees);
  const auto falloff = static_cast<float>(light.falloff);
  const auto vignette = static_cast<float>(light.vignette);
  const auto warmth = 0.07f * static_cast<float>(light.warmth);
  const auto strength = static_cast<float>(light.strength);
  const Color tint{strength * (1 + warmth), strength, strength * (1 - warmth)};
  canvas.change([&](Color color, Point p) {
    const Point q{p.x / corner.x, p.y / corner.y};
    const float gain = (1 - falloff * (0.5f - 0.5f * dot(q, from))) * (1 - vignette * 0.5f * dot(q, q));
    return scaled(multiply(color, tint), gain);
  });
}

}  // namespace

Layout::Layout(int height, int width) {
  const int longer = std::max(height, width);
  const int shorter = std::min(height, width);
  const double ratio = static_cast<double>(longer) / shorter;
  const int across = ratio < 1.5 ? 2 : 1;
  const int along = static_cast<int>(std::lround(ratio * across));
  rows = height >= width ? along : across;
  columns = height >= width ? across : along;
}

void draw(const WellAppearance& appearance, int height, int width, std::uint8_t* planes) {
  Canvas canvas(height, width);
  const Point corner = canvas.bounds().high;
  const auto at = [&](double x, double y) {
    return Point{corner.x * (2 * static_cast<float>(x) - 1), corner.y * (2 * static_cast<float>(y) - 1)};
  };
  Frame plate = turned(appearance.rotation_degrees);
  plate.scale = static_cast<float>(appearance.scale);
  plate.shift = {static_cast<float>(appearance.shift_x), static_cast<float>(appearance.shift_y)};

  const Layout layout(height, width);
  const Point cell{2 * corner.x / static_cast<float>(layout.columns), 2 * corner.y / static_cast<float>(layout.rows)};
  const float radius = radius_of_cell * std::min(cell.x, cell.y);
  std::vector<Cup> cups;
  for (int i = 0; i < layout.cups(); ++i) {
    const WellCup& look = appearance.cups.at(static_cast<std::size_t>(i));
    const Point center{cell.x * (static_cast<float>(i % layout.columns) + 0.5f) - corner.x,
                       cell.y * (static_cast<float>(i / layout.columns) + 0.5f) - corner.y};
    const Point shift{static_cast<float>(look.shift_x), static_cast<float>(look.shift_y)};
    Frame frame = plate;
    frame.shift = plate.to_canvas(center + radius * shift);
    frame.scale = plate.scale * radius;
    cups.push_back({look, frame, toward(appearance.light.direction_degrees - appearance.rotation_degrees)});
  }

  const WellDefect& defect = appearance.defect;
  const auto contrast = static_cast<float>(defect.contrast);
  const auto defective =
      static_cast<std::size_t>(std::clamp(static_cast<int>(defect.cup * layout.cups()), 0, layout.cups() - 1));
  paint_plate(canvas, appearance, plate, cups);
  for (std::size_t i = 0; i < cups.size(); ++i) {
    Brush brush(canvas, cups[i].frame);
    const bool open = defect.kind == Defect::missing_lid && i == defective;
    paint_rim(brush, cups[i]);
    if (open) paint_inside(brush, cups[i]);
    paint_lid(brush, cups[i], open ? 1 - contrast : 1.0f);  // a liquid of the lid's color is hard to tell from it
  }
  const Cup& cup = cups[defective];
  Brush brush(canvas, cup.frame);
  if (defect.kind == Defect::leak) Leak(defect).paint(brush, cup.light, contrast);
  if (defect.kind == Defect::chip) paint_chip(brush, defect);
  for (const DustGrain& grain : appearance.dust) paint_grain(canvas, grain, at(grain.x, grain.y));
  if (defect.kind == Defect::hair) paint_hair(canvas, defect, at(defect.x, defect.y));
  shed_light(canvas, appearance.light);
  canvas.copy_to(planes);
}

}  // namespace cspgan::wells
