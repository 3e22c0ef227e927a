// Converts between styles and numbers.
#include "cspgan/avatars/avatar_appearance.hpp"

namespace cspgan {

namespace {

/// Calls visit(member, number of values) for each feature, from the most significant digit on.
template <class Style, class Visit>
void for_each_feature(Style& style, const Visit& visit) {
  visit(style.hair, std::int64_t{EnumNames<avatar::Hair>::names.size()});
  visit(style.hair_color, std::int64_t{EnumNames<avatar::HairColor>::names.size()});
  visit(style.glasses, std::int64_t{EnumNames<avatar::Glasses>::names.size()});
  visit(style.clothes, std::int64_t{EnumNames<avatar::Clothes>::names.size()});
  visit(style.clothes_color, std::int64_t{EnumNames<avatar::ClothesColor>::names.size()});
}

}  // namespace

std::int64_t AvatarStyle::number() const {
  std::int64_t number = 0;
  for_each_feature(
      *this, [&](auto member, std::int64_t values) { number = number * values + static_cast<std::int64_t>(member); });
  return number;
}

AvatarStyle AvatarStyle::from_number(std::int64_t number) {
  if (number < 0 || number >= count)
    throw OptionError("avatar style " + std::to_string(number) + " does not exist: styles are numbered 0 to " +
                      std::to_string(count - 1));
  AvatarStyle style;
  std::int64_t rest = number;
  std::int64_t weight = count;
  for_each_feature(style, [&](auto& member, std::int64_t values) {
    weight /= values;
    member = static_cast<std::remove_reference_t<decltype(member)>>(rest / weight);
    rest %= weight;
  });
  return style;
}

}  // namespace cspgan
