// A small float canvas on which shapes are painted by signed distance. Edges are antialiased by the fraction of a
// pixel that a shape covers, which is computed analytically, so that one pass is enough at every resolution.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace cspgan::avatar {

/// A point in figure coordinates: x to the right and y downward; the canvas spans [-1, 1] in both.
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

/// size x size pixels of three floats each.
class Canvas {
 public:
  explicit Canvas(int size) : size_(size), pixels_(static_cast<std::size_t>(size) * static_cast<std::size_t>(size)) {}

  int size() const { return size_; }
  float pixel_width() const { return 2.0f / static_cast<float>(size_); }

  /// Mixes `color(point)` into every pixel of `box` by `coverage(point)`, a fraction in [0, 1].
  template <class Coverage, class Fill>
  void paint(const Frame& frame, Box box, const Coverage& coverage, const Fill& color) {
    const Bounds bounds = pixel_bounds(frame, box);
    const float width = pixel_width();
    const Point step = (1 / frame.scale) * Point{frame.cosine * width, -frame.sine * width};
    for (int y = bounds.top; y < bounds.bottom; ++y) {
      const Point start = frame.to_figure(
          {-1 + (static_cast<float>(bounds.left) + 0.5f) * width, -1 + (static_cast<float>(y) + 0.5f) * width});
      Color* row = &pixels_[static_cast<std::size_t>(y) * static_cast<std::size_t>(size_)];
      for (int x = bounds.left; x < bounds.right; ++x) {
        const Point point = start + static_cast<float>(x - bounds.left) * step;
        const float share = coverage(point);
        if (share > 0) row[x] = blend(row[x], color(point), share);
      }
    }
  }

  /// Red, green and blue planes of size * size bytes each.
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

  Bounds pixel_bounds(const Frame& frame, Box box) const {
    float low_x = 2, low_y = 2, high_x = -2, high_y = -2;
    for (const Point corner : {box.low, box.high, Point{box.low.x, box.high.y}, Point{box.high.x, box.low.y}}) {
      const Point p = frame.to_canvas(corner);
      low_x = std::min(low_x, p.x), high_x = std::max(high_x, p.x);
      low_y = std::min(low_y, p.y), high_y = std::max(high_y, p.y);
    }
    const auto index = [&](float coordinate, int margin) {
      const float position = (coordinate + 1) / pixel_width();
      return std::clamp(static_cast<int>(std::floor(position)) + margin, 0, size_);
    };
    return {index(low_x, -1), index(high_x, 2), index(low_y, -1), index(high_y, 2)};
  }
  static std::uint8_t to_byte(float value) { return static_cast<std::uint8_t>(clamp01(value) * 255.0f + 0.5f); }

  int size_;
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

}  // namespace cspgan::avatar
