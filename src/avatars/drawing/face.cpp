// Skin, ears, eyes, eyebrows, nose, mouth and glasses.
#include "avatars/drawing/figure.hpp"

namespace cspgan::avatar {

namespace {

void paint_ears(Brush& head, const SkinTone& skin) {
  for (const float side : {-1.0f, 1.0f}) {
    const Point ear{side * 0.405f, 0.015f};
    head.fill(
        around(ear, 0.1f),
        [&](Point p) {
          return ellipse(p, ear, {0.078f, 0.098f});
        },
        side < 0 ? skin.base : blend(skin.base, skin.shade, 0.35f));
    head.fill(around(ear, 0.07f),
              [&](Point p) {
                return ellipse(p, ear + Point{side * 0.008f, 0.005f}, {0.038f, 0.055f});
              },
              skin.shade, {.opacity = 0.7f, .softness = 0.03f});
  }
}

void paint_skin(Brush& head, const SkinTone& skin, const Face& face) {
  head.fill(head_box, face, [&](Point p) {
    const float rim = smooth(-0.17f, 0.0f, face(p));
    const float light = smooth(0.75f, 0.0f, length(p - Point{-0.14f, -0.22f}));
    const float dark_side = smooth(-0.15f, 0.5f, p.x * 0.75f + (p.y + 0.05f) * 0.55f);
    return blend(blend(skin.base, skin.light, 0.8f * light), skin.shade, rim * (0.12f + 0.55f * dark_side));
  });
}

void paint_cheeks(Brush& head, const SkinTone& skin, const Face& face) {
  for (const float side : {-1.0f, 1.0f}) {
    const Point cheek{side * 0.265f, 0.135f};
    head.fill(around(cheek, {0.16f, 0.13f}),
              [&](Point p) {
                return within(ellipse(p, cheek, {0.095f, 0.065f}), face(p) + 0.04f);
              },
              skin.blush, {.opacity = 0.42f, .softness = 0.12f});
  }
}

void paint_nose(Brush& head, const SkinTone& skin) {
  const Point tip{0, 0.115f};
  head.fill(around(tip, {0.09f, 0.08f}),
            [&](Point p) {
              return ellipse(p, tip + Point{0.008f, 0.016f}, {0.052f, 0.036f});
            },
            skin.shade, {.opacity = 0.75f, .softness = 0.03f});
  head.fill(around(tip, {0.09f, 0.08f}),
            [&](Point p) {
              return ellipse(p, tip + Point{-0.006f, -0.008f}, {0.043f, 0.033f});
            },
            blend(skin.base, skin.light, 0.7f), {.opacity = 0.9f, .softness = 0.035f});
}

/// An open eye: white, a large iris with a bright lower rim, pupil, two highlights, lash line.
void paint_open_eye(Brush& head, Point center, float side, const Tone& iris, Color line, float gaze, float openness) {
  const Point radii{0.104f, 0.1f * openness};
  const auto white_part = [&](Point p) { return ellipse(p, center, radii); };
  const Box box = around(center, radii + Point{0.03f, 0.03f});
  head.fill(box, white_part, [&](Point p) {
    return blend(rgb(255, 254, 250), rgb(200, 202, 220), smooth(center.y - 0.02f, center.y - radii.y, p.y));
  });
  const Point middle = center + Point{0.022f * gaze - 0.006f * side, -0.008f};
  head.fill(
      box, [&](Point p) { return within(white_part(p), circle(p, middle, 0.087f)); },
      [&](Point p) {
        const float radius = length(p - middle);
        const Color body = blend(iris.base, iris.light, smooth(-0.02f, 0.07f, p.y - middle.y));
        return blend(blend(body, iris.shade, smooth(0.06f, 0.087f, radius)), rgb(24, 17, 26),
                     smooth(0.057f, 0.043f, radius));
      });
  head.fill(box,
            [&](Point p) {
              return circle(p, middle + Point{-0.028f, -0.03f}, 0.03f);
            },
            pure_white, {.opacity = 0.97f});
  head.fill(box,
            [&](Point p) {
              return circle(p, middle + Point{0.032f, 0.036f}, 0.015f);
            },
            pure_white, {.opacity = 0.75f});
  // The upper lid, thickest in its middle, with a short lash at the outer corner.
  head.fill(
      {center - radii - Point{0.03f, 0.03f}, center + Point{radii.x + 0.05f, 0}},
      [&](Point p) { return std::max(std::abs(white_part(p)) - 0.018f, 0.7f * (p.y - center.y + 0.035f)); }, line);
  const Point corner = center + Point{side * 0.094f, -0.042f};
  head.fill(
      around(corner, 0.07f),
      [&](Point p) {
        return segment(p, corner, corner + Point{side * 0.022f, -0.016f}) - 0.012f;
      },
      line);
}

/// A closed, laughing eye: an arc that rises in its middle.
void paint_closed_eye(Brush& head, Point center, Color line) {
  head.fill(
      around(center, {0.14f, 0.1f}),
      [&](Point p) {
        return bow(p, center + Point{0, 0.035f}, 0.088f, -0.08f) - 0.02f;
      },
      line);
}

void paint_eyes(Brush& head, const AvatarAppearance& appearance) {
  const Tone iris = eye_tone(appearance.eye_color);
  const Color line = rgb(44, 30, 38);
  const bool joyful = appearance.expression == Expression::joyful;
  const float openness = appearance.expression == Expression::surprised
                             ? 1.12f
                             : (appearance.expression == Expression::grin ? 0.94f : 1.0f);
  for (const float side : {-1.0f, 1.0f}) {
    const Point center{side * eye.x, eye.y};
    const bool closed = joyful || (appearance.expression == Expression::wink && side > 0);
    if (closed) {
      paint_closed_eye(head, center, line);
    } else {
      paint_open_eye(head, center, side, iris, line, static_cast<float>(appearance.pose.gaze_x), openness);
    }
  }
}

void paint_eyebrows(Brush& head, const AvatarAppearance& appearance, const SkinTone& skin) {
  const Tone hair = hair_tone(appearance.style.hair_color);
  // Eyebrows must be visible on any skin, so a pale or similar color is shifted toward the skin's shade.
  const Color color = blend(hair.shade, multiply(skin.shade, rgb(150, 130, 130)), 0.35f);
  float lift = 0;
  float arch = -0.034f;
  if (appearance.expression == Expression::surprised) lift = 0.05f, arch = -0.05f;
  if (appearance.expression == Expression::joyful || appearance.expression == Expression::grin) lift = 0.018f;
  if (appearance.expression == Expression::neutral) arch = -0.02f;
  for (const float side : {-1.0f, 1.0f}) {
    const Point center{side * 0.187f, -0.152f - lift};
    head.fill(
        around(center, {0.15f, 0.1f}),
        [&](Point p) {
          const float outwards = (p.x - center.x) * side;  // the outer end hangs lower, which looks friendly
          return bow({p.x, p.y - 0.16f * outwards}, center, 0.095f, arch) - (0.021f - 0.05f * outwards);
        },
        color);
  }
}

/// An open mouth between two arcs, with teeth above and a tongue below.
void paint_open_mouth(Brush& head, Point corner_line, float half_width, float upper, float lower,
                      const SkinTone& skin) {
  const auto mouth = [&](Point p) {
    const float half = half_width;
    return std::max(std::max(below_bow(p, corner_line, half, upper), -below_bow(p, corner_line, half, lower)),
                    std::abs(p.x - corner_line.x) - half) -
           0.012f;
  };
  const Box box = around(corner_line, {half_width + 0.03f, lower + 0.03f});
  head.fill(box, mouth, rgb(112, 34, 46));
  head.fill(
      box,
      [&](Point p) {
        return within(mouth(p) + 0.012f,
                      ellipse(p, corner_line + Point{0, lower + 0.012f}, {half_width * 0.62f, 0.06f}));
      },
      rgb(240, 118, 122));
  head.fill(
      box, [&](Point p) { return within(mouth(p) + 0.008f, p.y - (corner_line.y + upper + 0.042f)); },
      rgb(255, 253, 250));
  head.stroke(
      box, [&](Point p) { return std::abs(mouth(p)); }, 0.009f, skin.lip, 0.8f);
}

void paint_mouth(Brush& head, const AvatarAppearance& appearance, const SkinTone& skin) {
  const Point mouth{0, 0.235f};
  switch (appearance.expression) {
    case Expression::neutral:
      head.fill(
          around(mouth, {0.14f, 0.08f}),
          [&](Point p) {
            return bow(p, mouth + Point{0, 0.004f}, 0.085f, 0.028f) - 0.02f;
          },
          skin.lip);
      break;
    case Expression::smile:
    case Expression::wink:
      head.fill(
          around(mouth, {0.18f, 0.12f}),
          [&](Point p) {
            return bow(p, mouth + Point{0, -0.018f}, 0.12f, 0.07f) - 0.02f;
          },
          skin.lip);
      break;
    case Expression::grin:
      paint_open_mouth(head, mouth + Point{0, -0.03f}, 0.14f, 0.012f, 0.115f, skin);
      break;
    case Expression::joyful:
      paint_open_mouth(head, mouth + Point{0, -0.035f}, 0.125f, 0.0f, 0.135f, skin);
      break;
    case Expression::surprised: {
      const Point center = mouth + Point{0, 0.012f};
      head.fill(
          around(center, 0.09f),
          [&](Point p) {
            return ellipse(p, center, {0.052f, 0.064f});
          },
          skin.lip);
      head.fill(
          around(center, 0.09f),
          [&](Point p) {
            return ellipse(p, center, {0.035f, 0.047f});
          },
          rgb(96, 28, 40));
      break;
    }
  }
}

}  // namespace

void paint_face(Brush& head, const AvatarAppearance& appearance, const Face& face) {
  const SkinTone skin = skin_tone(appearance.skin);
  paint_ears(head, skin);
  paint_skin(head, skin, face);
  paint_cheeks(head, skin, face);
  paint_hair_shadow(head, appearance, face);
  paint_nose(head, skin);
  paint_mouth(head, appearance, skin);
  paint_eyes(head, appearance);
  paint_eyebrows(head, appearance, skin);
  if (appearance.style.hair == Hair::bald) {
    const Point shine{-0.17f, -0.42f};
    head.fill(around(shine, {0.16f, 0.1f}),
              [&](Point p) {
                const Point q{p.x * 0.84f + p.y * -0.54f, p.x * 0.54f + p.y * 0.84f};
                const Point c{shine.x * 0.84f + shine.y * -0.54f, shine.x * 0.54f + shine.y * 0.84f};
                return ellipse(q, c, {0.035f, 0.1f});
              },
              pure_white, {.opacity = 0.5f, .softness = 0.05f});
  }
}

void paint_glasses(Brush& head, const AvatarAppearance& appearance) {
  const Glasses glasses = appearance.style.glasses;
  if (glasses == Glasses::none) return;
  const bool dark = glasses == Glasses::sunglasses;
  const Color frame = dark ? rgb(30, 28, 38) : rgb(62, 50, 58);
  const float stroke = dark ? 0.022f : 0.019f;
  const Point center = eye + Point{0.012f, 0.012f};
  const auto lens = [&](Point p) {
    const Point q{std::abs(p.x), p.y};
    return dark ? rounded_box({q.x, q.y - 0.05f * (center.x - q.x)}, center, {0.158f, 0.118f}, 0.085f)
                : circle(q, center, 0.148f);
  };
  const Box box{{-0.4f, -0.2f}, {0.4f, 0.2f}};
  // Temples and bridge, then the lenses over them.
  for (const float side : {-1.0f, 1.0f})
    head.fill(
        box,
        [&](Point p) {
          return segment(p, {side * 0.33f, -0.02f}, {side * 0.4f, -0.035f}) - stroke;
        },
        frame);
  head.fill(
      box,
      [&](Point p) {
        return std::max(bow(p, {0, 0.0f}, 0.06f, -0.025f) - stroke, std::abs(p.x) - 0.07f);
      },
      frame);
  const auto glare = [&](Point p) {  // two slanted bands on each lens
    const float along = (p.x - (p.x < 0 ? -center.x : center.x)) + 0.7f * (p.y - center.y);
    return std::min(std::abs(along + 0.045f) - 0.026f, std::abs(along - 0.02f) - 0.01f);
  };
  if (dark) {
    head.fill(box, lens,
              [&](Point p) { return blend(rgb(34, 32, 48), rgb(104, 92, 132), smooth(-0.08f, 0.16f, p.y)); });
    head.fill(box, [&](Point p) { return within(lens(p) + 0.02f, glare(p)); }, pure_white, {.opacity = 0.3f});
  } else {
    head.fill(box, lens, rgb(226, 242, 255), {.opacity = 0.16f});
    head.fill(box, [&](Point p) { return within(lens(p) + 0.01f, glare(p)); }, pure_white, {.opacity = 0.22f});
  }
  head.stroke(
      box, [&](Point p) { return std::abs(lens(p)); }, stroke, frame);
}

}  // namespace cspgan::avatar
