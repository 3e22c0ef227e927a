// The whole picture, from back to front.
#include "avatars/drawing/draw.hpp"

#include <numbers>

#include "avatars/drawing/figure.hpp"

namespace cspgan::avatar {

void draw(const AvatarAppearance& appearance, int size, std::uint8_t* planes) {
  const AvatarPose& pose = appearance.pose;
  Canvas canvas(size, size);
  paint_backdrop(canvas, appearance.background);

  Frame body_frame;
  body_frame.pivot = {0, 0.1f};
  body_frame.shift = {static_cast<float>(pose.shift_x), static_cast<float>(pose.shift_y) + 0.12f};
  body_frame.scale = 1.12f * static_cast<float>(pose.scale);
  // The head rotates about the neck, and both move together.
  Frame head_frame = body_frame;
  head_frame.pivot = neck_pivot;
  head_frame.shift = body_frame.to_canvas(neck_pivot) - neck_pivot;
  const float tilt = static_cast<float>(pose.tilt_degrees) * std::numbers::pi_v<float> / 180.0f;
  head_frame.cosine = std::cos(tilt);
  head_frame.sine = std::sin(tilt);

  Brush body(canvas, body_frame);
  Brush head(canvas, head_frame);
  const Face face{0.3f + 0.025f * static_cast<float>(pose.jaw_width)};
  paint_hair_behind(head, appearance.style);
  paint_body(body, appearance, face);
  paint_hair_beside(head, appearance.style);
  paint_face(head, appearance, face);
  paint_hair_front(head, appearance.style);
  paint_glasses(head, appearance);
  canvas.copy_to(planes);
}

}  // namespace cspgan::avatar
