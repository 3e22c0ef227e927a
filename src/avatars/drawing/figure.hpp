// The parts of the figure, painted from back to front, and the dimensions they share.
#pragma once

#include "avatars/drawing/palette.hpp"
#include "cspgan/avatars/avatar_appearance.hpp"
#include "drawing/canvas.hpp"
#include "drawing/shapes.hpp"

namespace cspgan::avatar {

inline constexpr Point skull{0, -0.16f};
inline constexpr float skull_radius = 0.42f;
inline constexpr float jaw_height = 0.27f;  // from the center of the skull down to that of the jaw
inline constexpr Point neck_pivot{0, 0.45f};
inline constexpr Point eye{0.175f, -0.005f};  // the one on the right of the picture; the other is its mirror image
inline constexpr Box head_box{{-0.44f, -0.6f}, {0.44f, 0.48f}};

/// The outline of the face; the jaw's radius depends on the pose.
struct Face {
  float jaw_radius = 0.3f;
  float operator()(Point p) const { return egg(p, skull, skull_radius, jaw_height, jaw_radius); }
  float chin() const { return skull.y + jaw_height + jaw_radius; }
};

void paint_backdrop(Canvas& canvas, Background background);
void paint_hair_behind(Brush& head, const AvatarStyle& style);
void paint_body(Brush& body, const AvatarAppearance& appearance, const Face& face);
void paint_hair_beside(Brush& head, const AvatarStyle& style);
void paint_face(Brush& head, const AvatarAppearance& appearance, const Face& face);
void paint_hair_front(Brush& head, const AvatarStyle& style);
void paint_glasses(Brush& head, const AvatarAppearance& appearance);

/// The shadow that the front hair casts on the face.
void paint_hair_shadow(Brush& head, const AvatarAppearance& appearance, const Face& face);

}  // namespace cspgan::avatar
