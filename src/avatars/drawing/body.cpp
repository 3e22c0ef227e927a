// Behind and below the head: backdrop, neck and clothes.
#include "avatars/drawing/figure.hpp"

namespace cspgan::avatar {

namespace {

constexpr Box body_box{{-0.86f, 0.3f}, {0.86f, 1.3f}};

float shoulders(Point p) { return rounded_box(p, {0, 1.15f}, {0.72f, 0.67f}, 0.36f); }

/// Fabric lit from the upper left, darker toward the edge.
struct Cloth {
  Tone tone;
  Color operator()(Point p) const {
    const float rim = smooth(-0.2f, 0.0f, shoulders(p));
    const float light = smooth(0.5f, -0.7f, p.x + 0.6f * (p.y - 0.7f));
    return blend(blend(tone.base, tone.light, 0.45f * light), tone.shade, 0.5f * rim * (1 - 0.6f * light));
  }
};

void paint_neck(Brush& body, const SkinTone& skin, const Face& face) {
  const auto neck = [](Point p) {
    return join(rounded_box(p, {0, 0.4f}, {0.16f, 0.26f}, 0.08f), ellipse(p, {0, 0.63f}, {0.34f, 0.15f}), 0.14f);
  };
  const Box box{{-0.42f, 0.1f}, {0.42f, 0.85f}};
  body.fill(box, neck, [&](Point p) { return blend(skin.base, skin.light, smooth(0.1f, -0.3f, p.x)); });
  // The shadow of the chin.
  body.fill(box,
            [&](Point p) {
              return within(neck(p), face(p - Point{0.03f, 0.13f}));
            },
            skin.shade, {.opacity = 0.85f, .softness = 0.03f});
}

void paint_seams(Brush& body, const Tone& tone) {
  // Where the sleeves begin.
  for (const float side : {-1.0f, 1.0f})
    body.stroke(
        {{-0.6f, 0.7f}, {0.6f, 1.05f}},
        [&](Point p) {
          return segment(p, {side * 0.5f, 0.75f}, {side * 0.46f, 1.0f});
        },
        0.012f, tone.shade, 0.55f);
}

/// The part of a hood behind the neck.
void paint_hood_behind(Brush& body, const Tone& tone) {
  body.fill(
      {{-0.5f, 0.2f}, {0.5f, 0.9f}},
      [](Point p) {
        return ellipse(p, {0, 0.5f}, {0.38f, 0.23f});
      },
      [&](Point p) {
        return blend(multiply(tone.shade, rgb(220, 215, 225)), tone.base, 0.8f * smooth(0.27f, 0.4f, std::abs(p.x)));
      });
}

void paint_hoodie(Brush& body, const Tone& tone) {
  const Cloth cloth{tone};
  // The two thick sides of the hood, which meet below the throat.
  const auto opening = [](Point p) {
    return join(ellipse(p, {0, 0.42f}, {0.215f, 0.24f}), segment(p, {0, 0.6f}, {0, 0.69f}) - 0.005f, 0.08f);
  };
  const auto hood = [&](Point p) { return without(ellipse(p, {0, 0.535f}, {0.43f, 0.215f}), opening(p)); };
  body.fill(
      body_box, [&](Point p) { return without(shoulders(p), opening(p)); }, cloth);
  paint_seams(body, tone);
  const Box box{{-0.5f, 0.25f}, {0.5f, 0.9f}};
  body.fill(box,
            [&](Point p) {
              return without(hood(p - Point{0, 0.035f}), opening(p));
            },
            tone.shade, {.opacity = 0.6f, .softness = 0.05f});
  body.fill(box, hood, [&](Point p) {
    const Color lit = blend(tone.base, tone.light, smooth(0.3f, -0.4f, p.x));
    return blend(lit, tone.shade, 0.6f * smooth(0.07f, 0.0f, opening(p)) + 0.35f * smooth(-0.06f, 0.0f, hood(p)));
  });
  const Color string = brightness(tone.base) > 0.85f ? rgb(150, 160, 188) : rgb(250, 248, 244);
  for (const float side : {-1.0f, 1.0f}) {
    const Point top{side * 0.105f, 0.66f};
    const Point end{side * 0.12f, 0.84f};
    body.fill(
        {{-0.2f, 0.6f}, {0.2f, 0.9f}}, [&](Point p) { return segment(p, top, end) - 0.019f; }, string);
    body.fill(
        {{-0.2f, 0.75f}, {0.2f, 0.95f}}, [&](Point p) { return circle(p, end, 0.03f); }, string);
  }
}

void paint_overalls(Brush& body, const Tone& tone) {
  // A shirt that contrasts with the denim.
  const bool pale = brightness(tone.base) > 0.8f;
  const Tone shirt = pale ? Tone{rgb(132, 200, 206), rgb(96, 172, 182), rgb(64, 132, 150)}
                          : Tone{rgb(255, 253, 246), rgb(250, 243, 228), rgb(218, 205, 188)};
  const auto neckline = [](Point p) { return ellipse(p, {0, 0.45f}, {0.2f, 0.13f}); };
  body.fill(
      body_box, [&](Point p) { return without(shoulders(p), neckline(p)); }, Cloth{shirt});
  body.stroke(
      {{-0.24f, 0.4f}, {0.24f, 0.62f}}, [&](Point p) { return std::max(std::abs(neckline(p) - 0.012f), 0.44f - p.y); },
      0.014f, shirt.shade, 0.7f);
  paint_seams(body, shirt);
  const Cloth cloth{tone};
  for (const float side : {-1.0f, 1.0f}) {
    const auto strap = [&](Point p) { return segment(p, {side * 0.37f, 0.42f}, {side * 0.27f, 0.8f}) - 0.066f; };
    const Box box{{-0.5f, 0.35f}, {0.5f, 0.95f}};
    body.fill(box,
              [&](Point p) {
                return within(strap(p - Point{0.0f, 0.03f}), shoulders(p));
              },
              shirt.shade, {.opacity = 0.5f, .softness = 0.04f});
    body.fill(
        box, [&](Point p) { return within(strap(p), shoulders(p)); }, cloth);
  }
  const auto bib = [](Point p) { return rounded_box(p, {0, 1.04f}, {0.37f, 0.33f}, 0.06f); };
  const Box bib_box{{-0.42f, 0.65f}, {0.42f, 1.1f}};
  body.fill(bib_box,
            [&](Point p) {
              return bib(p + Point{0, 0.02f});
            },
            shirt.shade, {.opacity = 0.4f, .softness = 0.05f});
  body.fill(bib_box, bib, cloth);
  body.stroke(
      bib_box, [&](Point p) { return std::abs(bib(p) + 0.035f); }, 0.009f, tone.light, 0.8f);
  const Color brass = pale ? rgb(216, 178, 92) : rgb(250, 208, 98);
  for (const float side : {-1.0f, 1.0f}) {
    const Point button{side * 0.27f, 0.79f};
    body.fill(
        around(button, 0.06f), [&](Point p) { return circle(p, button, 0.05f); },
        [&](Point p) {
          return blend(brass, pure_white, 0.6f * smooth(0.05f, 0, length(p - button + Point{0.015f, 0.015f})));
        });
  }
}

/// A top with a neckline of any shape, with a trim along it.
template <class Neckline>
void paint_top(Brush& body, const Tone& tone, Color trim, const Neckline& neckline) {
  body.fill(
      body_box, [&](Point p) { return without(shoulders(p), neckline(p)); }, Cloth{tone});
  paint_seams(body, tone);
  body.fill(
      {{-0.5f, 0.35f}, {0.5f, 1.0f}},
      [&](Point p) { return within(shoulders(p), std::abs(neckline(p) - 0.026f) - 0.026f); }, trim);
}

}  // namespace

void paint_backdrop(Canvas& canvas, Background background) {
  const Tone tone = background_tone(background);
  canvas.paint(
      Frame{}, {{-1, -1}, {1, 1}}, [](Point) { return 1.0f; },
      [&](Point p) {
        const float down = smooth(-1.1f, 1.1f, p.y - 0.25f * p.x);
        const float glow = smooth(1.05f, 0.1f, length(p - Point{0, -0.05f}));
        return blend(blend(tone.base, tone.shade, 0.75f * down), tone.light, 0.8f * glow);
      });
}

void paint_body(Brush& body, const AvatarAppearance& appearance, const Face& face) {
  const Tone tone = clothes_tone(appearance.style.clothes_color);
  if (appearance.style.clothes == Clothes::hoodie) paint_hood_behind(body, tone);
  paint_neck(body, skin_tone(appearance.skin), face);
  switch (appearance.style.clothes) {
    case Clothes::hoodie:
      paint_hoodie(body, tone);
      break;
    case Clothes::overalls:
      paint_overalls(body, tone);
      break;
    case Clothes::scoop_neck:
      paint_top(body, tone, tone.shade, [](Point p) { return ellipse(p, {0, 0.45f}, {0.31f, 0.23f}); });
      break;
    case Clothes::v_neck: {
      const Color trim = brightness(tone.base) > 0.85f ? rgb(112, 140, 196) : blend(tone.light, pure_white, 0.55f);
      paint_top(body, tone, trim, [](Point p) {
        const float x = std::abs(p.x);
        return 0.8f * (x - 0.24f) + 0.6f * (p.y - 0.52f);
      });
      break;
    }
  }
}

}  // namespace cspgan::avatar
