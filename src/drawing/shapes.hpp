// Signed distances, in the spirit of Inigo Quilez, "2D distance functions"
// (https://iquilezles.org/articles/distfunctions2d): negative inside, exact or close to it near the edge.
#pragma once

#include <algorithm>
#include <cmath>

#include "drawing/canvas.hpp"

namespace cspgan::drawing {

inline float circle(Point p, Point center, float radius) { return length(p - center) - radius; }

/// First-order distance: exact on the edge and in its direction there.
inline float ellipse(Point p, Point center, Point radii) {
  const Point q = p - center;
  const Point scaled{q.x / radii.x, q.y / radii.y};
  const Point gradient{scaled.x / radii.x, scaled.y / radii.y};
  const float slope = length(gradient);
  if (slope < 1e-6f) return -std::min(radii.x, radii.y);
  const float level = length(scaled);
  return level * (level - 1) / slope;
}

inline float rounded_box(Point p, Point center, Point half, float radius) {
  const Point q{std::abs(p.x - center.x) - half.x + radius, std::abs(p.y - center.y) - half.y + radius};
  return std::min(std::max(q.x, q.y), 0.0f) + length({std::max(q.x, 0.0f), std::max(q.y, 0.0f)}) - radius;
}

/// Distance to the line from a to b, never negative; subtract a radius for a capsule.
inline float segment(Point p, Point a, Point b) {
  const Point from_a = p - a;
  const Point along = b - a;
  return length(from_a - clamp01(dot(from_a, along) / dot(along, along)) * along);
}

/// The convex hull of a circle at `top` and a smaller one directly below it.
inline float egg(Point p, Point top, float top_radius, float height, float bottom_radius) {
  const Point q{std::abs(p.x - top.x), top.y + height - p.y};  // relative to the lower circle, y upward
  const float sine = (bottom_radius - top_radius) / height;
  const float cosine = std::sqrt(1 - sine * sine);
  const float k = cosine * q.y - sine * q.x;
  if (k < 0) return length(q) - bottom_radius;
  if (k > cosine * height) return length(q - Point{0, height}) - top_radius;
  return cosine * q.x + sine * q.y - bottom_radius;
}

/// Signed height above (negative: below) the parabola that passes through center + (0, sag) and meets
/// center.y at center.x -+ half_width; close to a distance near it.
inline float below_bow(Point p, Point center, float half_width, float sag) {
  const float t = (p.x - center.x) / half_width;
  const float slope = -2 * sag * t / half_width;
  return (center.y + sag * (1 - t * t) - p.y) / std::sqrt(1 + slope * slope);
}

/// Distance to that parabola between its ends, never negative: a smile (sag > 0) or an eyebrow (sag < 0).
inline float bow(Point p, Point center, float half_width, float sag) {
  const float x = p.x - center.x;
  if (x < -half_width) return length(p - Point{center.x - half_width, center.y});
  if (x > half_width) return length(p - Point{center.x + half_width, center.y});
  return std::abs(below_bow(p, center, half_width, sag));
}

/// The union of two shapes, with the corner between them rounded over `reach`.
inline float join(float a, float b, float reach) {
  const float h = std::max(reach - std::abs(a - b), 0.0f) / reach;
  return std::min(a, b) - h * h * reach / 4;
}

inline float within(float a, float b) { return std::max(a, b); }
inline float without(float a, float b) { return std::max(a, -b); }

constexpr Box around(Point center, Point half) { return {center - half, center + half}; }
constexpr Box around(Point center, float half) { return around(center, Point{half, half}); }

}  // namespace cspgan::drawing
