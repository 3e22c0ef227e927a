// Seven kinds of hair. Each except `bald` has a front part over the forehead and parts behind or beside the head.
#include <array>

#include "avatars/drawing/figure.hpp"

namespace cspgan::avatar {

namespace {

/// Hair lit from the upper left, darker toward the bottom, with a glossy band around the skull.
struct Lock {
  Tone tone;
  float gloss = 1;
  Color operator()(Point p) const {
    const Point q = p - skull;
    const float radius = length(q);
    const float band = smooth(0.055f, 0.0f, std::abs(radius - 0.37f + 0.08f * q.x)) * smooth(0.12f, -0.1f, q.x) *
                       smooth(0.0f, -0.16f, q.y);
    const float light = smooth(0.35f, -0.55f, q.x * 0.8f + q.y + 0.2f);
    const float dark = smooth(-0.25f, 0.75f, q.y + 0.35f * q.x);
    return blend(blend(blend(tone.base, tone.light, 0.35f * light), tone.shade, 0.75f * dark), tone.light,
                 0.75f * gloss * band);
  }
};

/// Hair in the shadow of the head.
struct ShadedLock {
  Tone tone;
  Color operator()(Point p) const { return blend(tone.shade, tone.base, 0.5f * smooth(0.3f, -0.5f, p.x * 0.4f + p.y)); }
};

template <std::size_t count>
float circles(Point p, const std::array<std::array<float, 3>, count>& list, float reach) {
  float distance = 10;
  for (const auto& [x, y, radius] : list) distance = join(distance, circle(p, {x, y}, radius), reach);
  return distance;
}

float cap(Point p) { return circle(p, {0, -0.185f}, 0.462f); }

float bun_front(Point p) { return without(cap(p), ellipse(p, {0, 0.14f}, {0.372f, 0.5f})); }

float straight_front(Point p) {
  // Two curtains from a part left of the center.
  const Point q{p.x + 0.06f, p.y};
  const float left = ellipse(q, {-0.16f, 0.13f}, {0.235f, 0.42f});
  const float right = ellipse(q, {0.16f, 0.13f}, {0.29f, 0.45f});
  return without(join(cap(p), ellipse(p, {0, -0.2f}, {0.485f, 0.46f}), 0.05f), join(left, right, 0.1f));
}

float wavy_front(Point p) {
  static constexpr std::array<std::array<float, 3>, 6> waves{{{-0.3f, -0.42f, 0.17f},
                                                              {-0.08f, -0.56f, 0.19f},
                                                              {0.18f, -0.56f, 0.18f},
                                                              {0.36f, -0.38f, 0.15f},
                                                              {0.12f, -0.41f, 0.14f},
                                                              {-0.2f, -0.43f, 0.13f}}};
  const float crown = join(circles(p, waves, 0.035f), cap(p), 0.04f);
  // The opening for the face, whose upper edge sweeps up to one side.
  const Point q{p.x * 0.95f - p.y * 0.3f, p.y * 0.95f + p.x * 0.3f};
  const float window = ellipse(q, {-0.07f, 0.2f}, {0.37f, 0.52f});
  return within(without(crown, window), p.y - 0.04f);
}

float flat_front(Point p) {
  const float top = rounded_box(p, {0, -0.3f}, {0.45f, 0.345f}, 0.24f);
  const float window = rounded_box(p, {0, 0.3f}, {0.345f, 0.645f}, 0.09f);
  return within(without(join(top, cap(p), 0.05f), window), p.y + 0.01f);
}

float curly_front(Point p) {
  static constexpr std::array<std::array<float, 3>, 7> curls{{{-0.36f, -0.24f, 0.13f},
                                                              {-0.25f, -0.42f, 0.15f},
                                                              {-0.06f, -0.5f, 0.16f},
                                                              {0.14f, -0.48f, 0.15f},
                                                              {0.29f, -0.38f, 0.14f},
                                                              {0.38f, -0.2f, 0.12f},
                                                              {0.02f, -0.6f, 0.15f}}};
  return circles(p, curls, 0.03f);
}

float frizzy_outline(Point p) {
  const Point q = p - Point{0, -0.26f};
  const float angle = std::atan2(q.y, q.x);
  return length(q) - 0.6f - 0.018f * std::sin(15 * angle + 0.8f);
}

float frizzy_front(Point p) {
  const Point q = p - Point{0, 0.14f};
  const float angle = std::atan2(q.y, q.x);
  const float window = ellipse(p, {0, 0.14f}, {0.385f, 0.5f}) + 0.014f * std::sin(17 * angle);
  return within(without(circle(p, {0, -0.22f}, 0.5f), window), p.y - 0.02f);
}

constexpr std::array<std::array<float, 3>, 13> curls_behind{{{-0.42f, -0.3f, 0.18f},
                                                             {-0.26f, -0.52f, 0.19f},
                                                             {0.0f, -0.6f, 0.2f},
                                                             {0.26f, -0.52f, 0.19f},
                                                             {0.42f, -0.3f, 0.18f},
                                                             {-0.5f, -0.06f, 0.17f},
                                                             {0.5f, -0.06f, 0.17f},
                                                             {-0.5f, 0.18f, 0.17f},
                                                             {0.5f, 0.18f, 0.17f},
                                                             {-0.46f, 0.4f, 0.16f},
                                                             {0.46f, 0.4f, 0.16f},
                                                             {-0.36f, 0.56f, 0.14f},
                                                             {0.36f, 0.56f, 0.14f}}};

/// Calls visit(box, distance) with the front part of the hair, if there is one.
template <class Visit>
void visit_front(Hair hair, const Visit& visit) {
  constexpr Box upper{{-0.62f, -0.84f}, {0.62f, 0.18f}};
  switch (hair) {
    case Hair::bald:
      break;
    case Hair::bun:
      visit(upper, bun_front);
      break;
    case Hair::curly:
      visit(upper, curly_front);
      break;
    case Hair::long_straight:
      visit(upper, straight_front);
      break;
    case Hair::short_wavy:
      visit(upper, wavy_front);
      break;
    case Hair::short_flat:
      visit(upper, flat_front);
      break;
    case Hair::frizzy:
      visit(upper, frizzy_front);
      break;
  }
}

}  // namespace

void paint_hair_behind(Brush& head, const AvatarStyle& style) {
  const Tone tone = hair_tone(style.hair_color);
  switch (style.hair) {
    case Hair::bald:
    case Hair::short_flat:
    case Hair::short_wavy:
      break;
    case Hair::bun: {
      const Point bun{0.03f, -0.71f};
      head.fill(
          around(bun, 0.25f), [&](Point p) { return circle(p, bun, 0.19f); },
          [&](Point p) {
            const float light = smooth(0.22f, 0.0f, length(p - bun + Point{0.07f, 0.08f}));
            return blend(blend(tone.shade, tone.base, 0.6f), tone.light, 0.7f * light);
          });
      head.stroke(
          around(bun, 0.2f),
          [&](Point p) {
            return std::max(std::abs(circle(p, bun + Point{0.06f, 0.05f}, 0.15f)), p.x - bun.x - 0.02f);
          },
          0.01f, tone.shade, 0.6f);
      break;
    }
    case Hair::curly:
      head.fill(
          {{-0.7f, -0.82f}, {0.7f, 0.74f}}, [](Point p) { return circles(p, curls_behind, 0.03f); }, ShadedLock{tone});
      break;
    case Hair::long_straight:
      head.fill(
          {{-0.56f, -0.7f}, {0.56f, 0.9f}},
          [](Point p) {
            return rounded_box(p, {0, 0.06f}, {0.5f, 0.72f}, 0.44f);
          },
          ShadedLock{tone});
      break;
    case Hair::frizzy:
      head.fill({{-0.64f, -0.9f}, {0.64f, 0.38f}}, frizzy_outline, [&](Point p) {
        const float light = smooth(0.6f, 0.0f, length(p - Point{-0.2f, -0.52f}));
        const float rim = smooth(-0.16f, 0.0f, frizzy_outline(p));
        return blend(blend(tone.base, tone.light, 0.45f * light), tone.shade,
                     std::max(rim * 0.65f, smooth(-0.2f, 0.3f, p.y)));
      });
      break;
  }
}

void paint_hair_beside(Brush& head, const AvatarStyle& style) {
  const Tone tone = hair_tone(style.hair_color);
  for (const float side : {-1.0f, 1.0f}) {
    if (style.hair == Hair::long_straight) {
      const auto lock = [&](Point p) {  // widens a little on its way down to the shoulder
        return segment(p, {side * 0.425f, -0.2f}, {side * 0.415f, 0.62f}) - (0.07f + 0.03f * smooth(-0.2f, 0.62f, p.y));
      };
      head.fill({{-0.6f, -0.35f}, {0.6f, 0.84f}}, lock, [&](Point p) {
        const float across = smooth(0.06f, 0.0f, std::abs(p.x * side - 0.43f));
        return blend(blend(tone.base, tone.shade, 0.7f * smooth(0.1f, 0.8f, p.y)), tone.light,
                     0.4f * across * (side < 0 ? 1.0f : 0.5f));
      });
    } else if (style.hair == Hair::curly) {
      static constexpr std::array<std::array<float, 3>, 4> curls{
          {{0.5f, 0.06f, 0.12f}, {0.53f, 0.26f, 0.13f}, {0.49f, 0.45f, 0.13f}, {0.4f, 0.6f, 0.11f}}};
      for (const auto& curl : curls) {  // clang 16 captures no structured binding beside OpenMP
        const float radius = curl[2];
        const Point center{side * curl[0], curl[1]};
        head.fill(
            around(center, radius), [&](Point p) { return circle(p, center, radius); },
            [&](Point p) {
              const float light = smooth(radius, 0.0f, length(p - center + Point{0.04f, 0.05f}));
              return blend(blend(tone.shade, tone.base, 0.75f), tone.light, 0.55f * light);
            });
      }
    }
  }
}

void paint_hair_shadow(Brush& head, const AvatarAppearance& appearance, const Face& face) {
  const Color shade = skin_tone(appearance.skin).shade;
  visit_front(appearance.style.hair, [&](Box box, const auto& hair) {
    box.high.y += 0.06f;
    head.fill(box,
              [&](Point p) {
                return within(face(p), hair(p - Point{0.015f, 0.05f}));
              },
              shade, {.opacity = 0.6f, .softness = 0.035f});
  });
}

void paint_hair_front(Brush& head, const AvatarStyle& style) {
  const Tone tone = hair_tone(style.hair_color);
  visit_front(style.hair, [&](Box box, const auto& hair) { head.fill(box, hair, Lock{tone}); });
  switch (style.hair) {
    case Hair::curly: {
      static constexpr std::array<std::array<float, 3>, 8> curls{{{-0.38f, -0.24f, 0.13f},
                                                                  {0.39f, -0.2f, 0.12f},
                                                                  {-0.3f, -0.42f, 0.15f},
                                                                  {0.31f, -0.4f, 0.14f},
                                                                  {-0.14f, -0.6f, 0.15f},
                                                                  {0.14f, -0.6f, 0.15f},
                                                                  {-0.09f, -0.44f, 0.13f},
                                                                  {0.12f, -0.45f, 0.12f}}};
      for (const auto& curl : curls) {  // clang 16 captures no structured binding beside OpenMP
        const float radius = curl[2];
        const Point center{curl[0], curl[1]};
        head.fill(
            around(center, radius), [&](Point p) { return circle(p, center, radius); },
            [&](Point p) {
              const float light = smooth(radius, 0.0f, length(p - center + Point{0.045f, 0.05f}));
              const float rim = smooth(radius * 0.7f, radius, length(p - center));
              return blend(blend(tone.base, tone.shade, 0.7f * rim), tone.light, 0.6f * light);
            });
      }
      break;
    }
    case Hair::bun:
      for (const float x : {-0.2f, 0.0f, 0.2f})  // combed toward the bun
        head.stroke(
            {{-0.4f, -0.66f}, {0.4f, -0.3f}},
            [&](Point p) {
              return within(segment(p, {x * 1.5f, -0.32f + 0.5f * std::abs(x)}, {0.03f + x * 0.3f, -0.62f}),
                            bun_front(p) + 0.02f);
            },
            0.008f, tone.shade, 0.55f);
      break;
    case Hair::short_wavy:
      head.stroke(
          {{-0.4f, -0.7f}, {0.45f, -0.3f}},
          [&](Point p) {
            return within(std::min(bow(p, {-0.05f, -0.5f}, 0.24f, -0.1f), bow(p, {0.17f, -0.42f}, 0.2f, -0.1f)),
                          wavy_front(p) + 0.02f);
          },
          0.01f, tone.shade, 0.6f);
      break;
    case Hair::long_straight:
      head.stroke(
          {{-0.45f, -0.66f}, {0.45f, -0.1f}},
          [&](Point p) {
            return within(std::min(bow(p, {0.2f, -0.26f}, 0.3f, -0.2f), bow(p, {-0.28f, -0.24f}, 0.17f, -0.22f)),
                          straight_front(p) + 0.02f);
          },
          0.008f, tone.shade, 0.5f);
      break;
    default:
      break;
  }
}

}  // namespace cspgan::avatar
