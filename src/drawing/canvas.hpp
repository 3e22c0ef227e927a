// A small float canvas on which shapes are painted by signed distance. Edges are antialiased by the fraction of a
// pixel that a shape covers, which is computed analytically, so that one pass is enough at every resolution.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

namespace cspgan::drawing {

/// A point in figure coordinates: x to the right and y downward, with the canvas's center at the origin. Pixels are
/// square, and the canvas's shorter side spans [-1, 1].
struct Point {
  float x = 0;
  float y = 0;
};
constexpr Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
constexpr Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
constexpr Point operator*(float k, Point a) { return {k * a.x, k * a.y}; }
constexpr float dot(Point a, Point b) { return a.x * b.x + a.y * b.y; }
inline float length(Point a) { return std::sqrt(dot(a, a)); }

/// sRGB values in [0, 1]; mixed without linearization, as in vector graphics.
struct Color {
  float red = 0;
  float green = 0;
  float blue = 0;
};
constexpr Color rgb(int red, int green, int blue) {
  return {static_cast<float>(red) / 255.0f, static_cast<float>(green) / 255.0f, static_cast<float>(blue) / 255.0f};
}
constexpr Color blend(Color a, Color b, float share_of_b) {
  return {a.red + share_of_b * (b.red - a.red), a.green + share_of_b * (b.green - a.green),
          a.blue + share_of_b * (b.blue - a.blue)};
}
constexpr Color multiply(Color a, Color b) { return {a.red * b.red, a.green * b.green, a.blue * b.blue}; }
constexpr float brightness(Color c) { return 0.299f * c.red + 0.587f * c.green + 0.114f * c.blue; }

inline constexpr Color pure_white{1, 1, 1};

constexpr float clamp01(float x) { return x < 0 ? 0.0f : (x > 1 ? 1.0f : x); }
/// 0 below `from`, 1 above `to`, smooth in between; `from` may be larger than `to`.
constexpr float smooth(float from, float to, float x) {
  const float t = clamp01((x - from) / (to - from));
  return t * t * (3 - 2 * t);
}

struct Box {
  Point low;
  Point high;
};

/// The placement of a part of the figure on the canvas: rotated about a pivot, scaled, then shifted.
struct Frame {
  Point pivot{};
  Point shift{};
  float scale = 1;
  float cosine = 1;
  float sine = 0;

  Point to_canvas(Point p) const {
    const Point q = p - pivot;
    return pivot + shift + scale * Point{cosine * q.x - sine * q.y, sine * q.x + cosine * q.y};
  }
  Point to_figure(Point p) const {
    const Point q = (1 / scale) * (p - pivot - shift);
    return pivot + Point{cosine * q.x + sine * q.y, cosine * q.y - sine * q.x};
  }
};

/// height x width pixels of three floats each.
class Canvas {
 public:
  Canvas(int height, int width)
      : height_(height),
        width_(width),
        pixel_(2.0f / static_cast<float>(std::min(height, width))),
        half_{half_span(width, height), half_span(height, width)},
        pixels_(static_cast<std::size_t>(height) * static_cast<std::size_t>(width)) {}

  /// Side of a pixel, in figure units.
  float pixel_width() const { return pixel_; }
  /// Everything that is on the canvas.
  Box bounds() const { return {{-half_.x, -half_.y}, half_}; }

  /// Mixes `color(point)` into every pixel of `box` by `coverage(point)`, a fraction in [0, 1].
  template <class Coverage, class Fill>
  void paint(const Frame& frame, Box box, const Coverage& coverage, const Fill& color) {
    const Bounds bounds = pixel_bounds(frame, box);
    const Point step = (1 / frame.scale) * Point{frame.cosine * pixel_, -frame.sine * pixel_};
    for (int y = bounds.top; y < bounds.bottom; ++y) {
      const Point start = frame.to_figure(center_of(bounds.left, y));
      Color* row = &pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_)];
      for (int x = bounds.left; x < bounds.right; ++x) {
        const Point point = start + static_cast<float>(x - bounds.left) * step;
        const float share = coverage(point);
        if (share > 0) row[x] = blend(row[x], color(point), share);
      }
    }
  }

  /// Replaces every pixel by `change(its color, point)`.
  template <class Change>
  void change(const Change& change) {
    for (int y = 0; y < height_; ++y) {
      Color* row = &pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(width_)];
      for (int x = 0; x < width_; ++x) row[x] = change(row[x], center_of(x, y));
    }
  }

  /// Red, green and blue planes of height * width bytes each.
  void copy_to(std::uint8_t* planes) const {
    const std::size_t count = pixels_.size();
    for (std::size_t i = 0; i < count; ++i) {
      planes[i] = to_byte(pixels_[i].red);
      planes[count + i] = to_byte(pixels_[i].green);
      planes[2 * count + i] = to_byte(pixels_[i].blue);
    }
  }

 private:
  struct Bounds {
    int left, right, top, bottom;
  };

  static float half_span(int side, int other) {
    return static_cast<float>(side) / static_cast<float>(std::min(side, other));
  }
  Point center_of(int x, int y) const {
    return {-half_.x + (static_cast<float>(x) + 0.5f) * pixel_, -half_.y + (static_cast<float>(y) + 0.5f) * pixel_};
  }
  Bounds pixel_bounds(const Frame& frame, Box box) const {
    constexpr float far = std::numeric_limits<float>::max();
    float low_x = far, low_y = far, high_x = -far, high_y = -far;
    for (const Point corner : {box.low, box.high, Point{box.low.x, box.high.y}, Point{box.high.x, box.low.y}}) {
      const Point p = frame.to_canvas(corner);
      low_x = std::min(low_x, p.x), high_x = std::max(high_x, p.x);
      low_y = std::min(low_y, p.y), high_y = std::max(high_y, p.y);
    }
    const auto index = [&](float coordinate, float half, int side, int margin) {
      const float position = std::clamp((coordinate + half) / pixel_, -2.0f, static_cast<float>(side) + 2);
      return std::clamp(static_cast<int>(std::floor(position)) + margin, 0, side);
    };
    return {index(low_x, half_.x, width_, -1), index(high_x, half_.x, width_, 2), index(low_y, half_.y, height_, -1),
            index(high_y, half_.y, height_, 2)};
  }
  static std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(clamp01(value) * 255.0f + 0.5f); }

  int height_;
  int width_;
  float pixel_;
  Point half_;
  std::vector<Color> pixels_;
};

struct Finish {
  float opacity = 1;
  float softness = 0;  // width of the edge in figure units; never less than a pixel
};

/// Paints shapes on a canvas within one frame. Distances are in figure units, negative inside.
class Brush {
 public:
  Brush(Canvas& canvas, const Frame& frame)
      : canvas_(canvas), frame_(frame), pixel_(canvas.pixel_width() / frame.scale) {}

  const Frame& frame() const { return frame_; }

  /// Fills a shape; `color` is a Color or a function of the point.
  template <class Distance, class Fill>
  void fill(Box box, const Distance& distance, const Fill& color, Finish finish = {}) {
    if (finish.softness > pixel_) {
      const float half = finish.softness / 2;
      paint(
          box, half, [&](Point p) { return finish.opacity * smooth(half, -half, distance(p)); }, color);
    } else {
      paint(
          box, pixel_ / 2, [&](Point p) { return finish.opacity * clamp01(0.5f - distance(p) / pixel_); }, color);
    }
  }

  /// Draws a line of the given half width along the zero set of `distance`. A line thinner than a pixel covers only
  /// that fraction of it.
  template <class Distance, class Fill>
  void stroke(Box box, const Distance& distance, float half_width, const Fill& color, float opacity = 1) {
    paint(
        box, half_width + pixel_ / 2,
        [&](Point p) {
          const float d = distance(p);
          const float covered = std::min(half_width, d + pixel_ / 2) - std::max(-half_width, d - pixel_ / 2);
          return opacity * std::max(0.0f, covered) / pixel_;
        },
        color);
  }

 private:
  template <class Coverage, class Fill>
  void paint(Box box, float margin, const Coverage& coverage, const Fill& color) {
    const Point grow{margin, margin};
    const Box grown{box.low - grow, box.high + grow};
    if constexpr (std::is_same_v<Fill, Color>) {
      canvas_.paint(frame_, grown, coverage, [&](Point) { return color; });
    } else {
      canvas_.paint(frame_, grown, coverage, color);
    }
  }

  Canvas& canvas_;
  Frame frame_;
  float pixel_;
};

}  // namespace cspgan::drawing
