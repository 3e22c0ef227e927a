// The embedded wells: what is promised of them and of their defects.
#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/equal.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "cspgan/data/image_source.hpp"
#include "cspgan/detection/wells.hpp"
#include "support/catch.hpp"

using namespace cspgan;
using namespace cspgan_test;

namespace {

static_assert(ImageSource<Wells>);

constexpr std::array bad_kinds{Defect::leak, Defect::chip, Defect::missing_lid, Defect::hair};

/// Mean difference of two pictures, in levels.
double change(const Tensor& a, const Tensor& b) {
  return (a.to(at::kFloat) - b.to(at::kFloat)).abs().mean().item<double>();
}

WellAppearance without_defect(WellAppearance appearance) {
  appearance.defect = {};
  return appearance;
}

/// The mask in a plain loop over pixels and channels.
Tensor changed_pixels(const Tensor& a, const Tensor& b, int levels) {
  Tensor mask = a[0] * 0;
  const auto after = a.accessor<std::uint8_t, 3>();
  const auto before = b.accessor<std::uint8_t, 3>();
  auto out = mask.accessor<std::uint8_t, 2>();
  for (std::int64_t channel = 0; channel < 3; ++channel)
    for (std::int64_t y = 0; y < a.size(1); ++y)
      for (std::int64_t x = 0; x < a.size(2); ++x)
        if (std::abs(after[channel][y][x] - before[channel][y][x]) > levels) out[y][x] = 1;
  return mask;
}

double pixels_of(const Tensor& mask) { return static_cast<double>(mask.sum().item<std::int64_t>()); }

/// For each kind of defect: the mean of what `measure` says of its pictures.
template <class Measure>
std::map<Defect, double> means(const Wells& wells, const Measure& measure) {
  std::map<Defect, double> sums, counts;
  for (std::int64_t i = 0; i < wells.size(); ++i) {
    sums[wells.defect(i)] += measure(i);
    counts[wells.defect(i)] += 1;
  }
  for (auto& [kind, sum] : sums) sum /= counts[kind];
  return sums;
}

}  // namespace

TEST_CASE("A well is a function of seed and index", "[detection]") {
  const WellOptions options{.seed = 5, .count = 40, .bad_share = 0.5};
  const Wells wells(options), same(options), more({.seed = 5, .count = 900, .bad_share = 0.5});
  const Wells other({.seed = 6, .count = 40, .bad_share = 0.5});
  int different = 0;
  for (std::int64_t i = 0; i < 40; ++i) {
    CHECK(at::equal(wells.image(i), same.image(i)));
    CHECK(wells.appearance(i) == more.appearance(i));
    CHECK(wells.defect(i) == wells.appearance(i).defect.kind);
    different += at::equal(wells.image(i), other.image(i)) ? 0 : 1;
  }
  CHECK(different == 40);
  CHECK(wells.image(0).sizes() == at::IntArrayRef({3, 48, 27}));
  CHECK(wells.image(0).scalar_type() == at::kByte);
  CHECK(wells.mask(0).sizes() == at::IntArrayRef({48, 27}));
  CHECK(wells.mask(0).scalar_type() == at::kByte);
  CHECK(wells.name(12) == "well 12");
  CHECK(contains(message_of<Error>([&] { wells.image(40); }), "well 40 does not exist: there are 40"));
  CHECK_THROWS_AS(wells.appearance(-1), Error);
  CHECK_THROWS_AS(wells.defect(40), Error);
  CHECK_THROWS_AS(wells.mask(40), Error);
}

TEST_CASE("Share and difficulty of defects change nothing but the defects", "[detection]") {
  const Wells good({.count = 60}), half({.count = 60, .bad_share = 0.5, .difficulty = 0}),
      hard({.count = 60, .bad_share = 0.5, .difficulty = 3});
  for (std::int64_t i = 0; i < 60; ++i) {
    CHECK(without_defect(half.appearance(i)) == good.appearance(i));
    CHECK(without_defect(hard.appearance(i)) == good.appearance(i));
    CHECK(half.defect(i) == hard.defect(i));
    CHECK(at::equal(half.image(i), good.image(i)) == (half.defect(i) == Defect::none));
  }
}

TEST_CASE("A mask is where the defect changes the picture, and a good picture's is empty", "[detection]") {
  const Wells wells({.seed = 2, .count = 80, .height = 64, .width = 40, .bad_share = 0.5});
  int bad = 0;
  for (std::int64_t i = 0; i < wells.size(); ++i) {
    const Tensor mask = wells.mask(i);
    const Tensor good = draw_well(without_defect(wells.appearance(i)), 64, 40);
    CHECK(at::equal(mask, changed_pixels(wells.image(i), good, 4)));
    CHECK((pixels_of(mask) > 0) == (wells.defect(i) != Defect::none));
    bad += wells.defect(i) != Defect::none ? 1 : 0;
  }
  CHECK(bad > 20);
}

TEST_CASE("A well is the same figure at every size", "[detection]") {
  const Wells wells({.seed = 3, .count = 40, .bad_share = 0.8, .difficulty = 0});
  for (std::int64_t i = 0; i < wells.size(); ++i) {
    const WellAppearance appearance = wells.appearance(i);
    const Tensor large = draw_well(appearance, 384, 216);
    for (const std::int64_t block : {2, 4, 8}) {  // side of the square of the large picture below a pixel
      const std::int64_t height = 384 / block, width = 216 / block;
      const Tensor mean = large.to(at::kFloat).reshape({3, height, block, width, block}).mean({2, 4});
      const Tensor small = draw_well(appearance, height, width);
      CHECK(change(mean, small) < 0.5 * static_cast<double>(block));
      CHECK(change(mean.roll(1, 2), small) > 2 * change(mean, small));  // a shift by a pixel would be seen
    }
  }
}

TEST_CASE("Pictures of other proportions hold as many cups as there is room for", "[detection]") {
  WellAppearance plain;  // its picture repeats itself by the size of a cell, but for the plate's texture
  plain.light.falloff = plain.light.vignette = 0;
  const auto repeats = [&](std::int64_t height, std::int64_t width, std::int64_t down, std::int64_t right) {
    const Tensor image = draw_well(plain, height, width);
    return std::max(change(image, image.roll(down, 1)), change(image, image.roll(right, 2))) < 5;
  };
  CHECK(repeats(64, 64, 32, 32));
  CHECK_FALSE(repeats(64, 64, 16, 32));
  CHECK(repeats(48, 27, 24, 0));
  CHECK_FALSE(repeats(48, 27, 16, 0));
  CHECK(repeats(96, 66, 32, 33));
  CHECK(repeats(96, 32, 32, 0));
  CHECK(repeats(32, 128, 0, 32));
  const std::vector<std::pair<std::int64_t, std::int64_t>> sizes{{8, 8}, {8, 32}, {33, 31}, {100, 75}, {2048, 512}};
  for (const auto& size : sizes)
    CHECK(draw_well(plain, size.first, size.second).sizes() == at::IntArrayRef({3, size.first, size.second}));
}

TEST_CASE("As many pictures are bad as asked for, and each kind equally often", "[detection]") {
  constexpr std::int64_t count = 20'000;
  const Wells wells({.seed = 4, .count = count, .bad_share = 0.3});
  const Labels labels = wells.labels();
  REQUIRE(labels.columns.size() == 1);
  CHECK(labels.columns[0].name == "defect");
  CHECK((labels.columns[0].classes == std::vector<std::string>{"none", "leak", "chip", "missing_lid", "hair"}));
  CHECK(labels.values.sizes() == at::IntArrayRef({count, 1}));
  std::map<Defect, std::int64_t> counts;
  for (std::int64_t i = 0; i < count; ++i) ++counts[wells.defect(i)];
  const auto near = [&](Defect kind, double expected) {
    const double deviation = std::sqrt(count * expected * (1 - expected));
    return std::abs(static_cast<double>(counts[kind]) - expected * count) < 4 * deviation;
  };
  CHECK(near(Defect::none, 0.7));
  for (const Defect kind : bad_kinds) CHECK(near(kind, 0.3 / 4));
  for (std::int64_t i = 0; i < 50; ++i)
    CHECK(labels.values[i][0].item<std::int64_t>() == static_cast<std::int64_t>(wells.defect(i)));
  CHECK(static_cast<std::int64_t>(images_where(labels, "defect=hair").size()) == counts[Defect::hair]);

  const Wells all_good({.count = 500}), all_bad({.count = 500, .bad_share = 1});
  for (std::int64_t i = 0; i < 500; ++i) {
    CHECK(all_good.defect(i) == Defect::none);
    CHECK(all_bad.defect(i) != Defect::none);
  }
}

TEST_CASE("Each kind of defect is seen wherever it is, and the less the higher the difficulty", "[detection]") {
  constexpr std::array difficulties{0.0, 1.0, 2.0, 3.0};
  std::array<std::map<Defect, double>, 4> pixels, changes;
  std::map<Defect, double> fewest;
  for (std::size_t i = 0; i < difficulties.size(); ++i) {
    const Wells wells({.seed = 7, .count = 400, .bad_share = 1, .difficulty = difficulties[i]});
    pixels[i] = means(wells, [&](std::int64_t index) { return pixels_of(wells.mask(index)); });
    changes[i] = means(wells, [&](std::int64_t index) {
      return change(wells.image(index), draw_well(without_defect(wells.appearance(index)), 48, 27));
    });
    for (std::int64_t index = 0; difficulties[i] == 1 && index < wells.size(); ++index) {
      double& least = fewest.try_emplace(wells.defect(index), 1296).first->second;
      least = std::min(least, pixels_of(wells.mask(index)));
    }
  }
  for (const Defect kind : bad_kinds) {
    INFO(enum_name(kind));
    INFO("pixels " << pixels[0][kind] << ' ' << pixels[1][kind] << ' ' << pixels[2][kind] << ' ' << pixels[3][kind]);
    INFO("levels " << changes[0][kind] << ' ' << changes[1][kind] << ' ' << changes[2][kind] << ' '
                   << changes[3][kind]);
    for (std::size_t i = 1; i < difficulties.size(); ++i) {
      CHECK(changes[i][kind] < 0.8 * changes[i - 1][kind]);
      CHECK(pixels[i][kind] <= pixels[i - 1][kind]);
    }
    CHECK(changes[3][kind] < 0.25 * changes[0][kind]);
  }
  // Of 1,296 pixels, at difficulty 1.
  CHECK(fewest[Defect::leak] >= 8);
  CHECK(fewest[Defect::chip] >= 6);
  CHECK(fewest[Defect::missing_lid] >= 150);
  CHECK(fewest[Defect::hair] >= 12);
}

TEST_CASE("A chip and a missing lid change their cup, and no other", "[detection]") {
  const Wells wells({.seed = 9, .count = 200, .height = 96, .width = 54, .bad_share = 1, .difficulty = 0});
  int seen = 0;
  for (std::int64_t i = 0; i < wells.size(); ++i) {
    const WellDefect defect = wells.appearance(i).defect;
    if (defect.kind != Defect::chip && defect.kind != Defect::missing_lid) continue;
    const Tensor mask = wells.mask(i);
    const double above = pixels_of(mask.narrow(0, 0, 48)), below = pixels_of(mask.narrow(0, 48, 48));
    CHECK((defect.cup < 0.5 ? below : above) == 0);
    CHECK((defect.cup < 0.5 ? above : below) > 0);
    ++seen;
  }
  CHECK(seen > 60);
}

TEST_CASE("Good wells differ by light, dust, turning and scale, each of which is seen", "[detection]") {
  const Wells wells({.seed = 1, .count = 40});
  double least = 255;
  for (std::int64_t i = 1; i < wells.size(); ++i)
    for (std::int64_t j = 0; j < i; ++j) least = std::min(least, change(wells.image(i), wells.image(j)));
  CHECK(least > 2);

  const WellAppearance still;
  const Tensor image = draw_well(still, 48, 27);
  const auto seen = [&](const auto& set) {
    WellAppearance moved = still;
    set(moved);
    return change(draw_well(moved, 48, 27), image);
  };
  CHECK(seen([](WellAppearance& well) { well.light.direction_degrees = 300; }) > 2);
  CHECK(seen([](WellAppearance& well) { well.light.strength = 1.1; }) > 8);
  CHECK(seen([](WellAppearance& well) { well.light.warmth = 0.5; }) > 1.5);
  CHECK(seen([](WellAppearance& well) { well.light.falloff = 0.3; }) > 5);
  CHECK(seen([](WellAppearance& well) { well.light.vignette = 0.4; }) > 1.5);
  CHECK(seen([](WellAppearance& well) { well.rotation_degrees = 3; }) > 0.8);
  CHECK(seen([](WellAppearance& well) { well.scale = 1.04; }) > 0.8);
  CHECK(seen([](WellAppearance& well) { well.shift_x = 0.04; }) > 0.8);
  CHECK(seen([](WellAppearance& well) { well.shift_y = 0.04; }) > 0.8);
  CHECK(seen([](WellAppearance& well) { well.plate_shade = 1; }) > 3);
  CHECK(seen([](WellAppearance& well) { well.grain_seed = 1; }) > 0.5);
  CHECK(seen([](WellAppearance& well) { well.cups[0].shift_x = 0.05; }) > 0.2);
  CHECK(seen([](WellAppearance& well) { well.cups[0].shift_y = 0.05; }) > 0.2);
  CHECK(seen([](WellAppearance& well) { well.cups[1].shade = 1; }) > 0.2);
  CHECK(seen([](WellAppearance& well) { well.cups[1].lid_shade = 1; }) > 0.5);
  CHECK(seen([](WellAppearance& well) { well.cups[0].tab_degrees = 90; }) > 0.5);
  CHECK(seen([](WellAppearance& well) { well.dust = {{.x = 0.5, .y = 0.5, .radius = 0.03, .opacity = 0.8}}; }) > 0.01);
  CHECK(seen([](WellAppearance& well) { well.dust = {{.radius = 0.01, .length = 0.5, .angle_degrees = 50}}; }) > 0.01);
}

TEST_CASE("Good pictures have specks that stand out as a defect does", "[detection]") {
  const Wells wells({.seed = 11, .count = 100});
  int spotted = 0;
  for (std::int64_t i = 0; i < wells.size(); ++i) {
    WellAppearance clean = wells.appearance(i);
    CHECK(clean.dust.size() >= 6);
    clean.dust.clear();
    const Tensor difference = (wells.image(i).to(at::kInt) - draw_well(clean, 48, 27).to(at::kInt)).abs();
    spotted += difference.max().item<int>() > 15 ? 1 : 0;
  }
  CHECK(spotted > 50);
}

TEST_CASE("Options and appearances of wells that cannot work are refused with the value", "[detection]") {
  const auto refused = [](WellOptions options) { return message_of<OptionError>([&] { Wells{options}; }); };
  CHECK(contains(refused({.count = 0}), "wells: count must be at least 1, not 0"));
  CHECK(contains(refused({.height = 4}), "wells: height must lie in [8, 2048], not 4"));
  CHECK(contains(refused({.width = 5000}), "wells: width must lie in [8, 2048], not 5000"));
  CHECK(contains(refused({.height = 100, .width = 20}), "100 x 20 is too long"));
  CHECK(contains(refused({.bad_share = 1.5}), "wells: bad_share must lie in [0, 1], not 1.5"));
  CHECK(contains(refused({.difficulty = -1}), "wells: difficulty must lie in [0, 10], not -1"));
  CHECK(contains(refused({.difficulty = std::numeric_limits<double>::quiet_NaN()}), "wells: difficulty"));
  CHECK_THROWS_AS(draw_well({}, 4096, 4096), OptionError);
  CHECK_THROWS_AS(well_mask({}, 8, 100), OptionError);
  const auto not_drawn = [](const auto& set) {
    WellAppearance appearance;
    set(appearance);
    return message_of<OptionError>([&] { draw_well(appearance, 48, 27); });
  };
  CHECK(contains(not_drawn([](WellAppearance& well) { well.cups.resize(2); }), "cups describes 2 cups"));
  CHECK(contains(not_drawn([](WellAppearance& well) { well.scale = 0; }), "wells: scale must lie in [0.1, 10], not 0"));
  CHECK(contains(not_drawn([](WellAppearance& well) { well.defect.size = std::nan(""); }), "wells: defect.size"));
  CHECK(contains(not_drawn([](WellAppearance& well) { well.dust = {{.x = 2}}; }), "wells: dust.x"));
}

TEST_CASE("The appearance of wells can be written to JSON and read back", "[detection]") {
  const WellAppearance appearance = Wells({.count = 9, .bad_share = 1}).appearance(7);
  CHECK(from_value<WellAppearance>(parse_json(to_json(to_value(appearance)), "text"), "appearance") == appearance);
}

TEST_CASE("The fingerprint of wells goes with their options", "[detection]") {
  const std::string print = AnyImageSource(Wells({.seed = 1})).fingerprint();
  CHECK(print == AnyImageSource(Wells({.seed = 1})).fingerprint());
  CHECK(print != AnyImageSource(Wells({.seed = 2})).fingerprint());
  CHECK(print != AnyImageSource(Wells({.seed = 1, .bad_share = 0.5})).fingerprint());
  CHECK(print != AnyImageSource(Wells({.seed = 1, .difficulty = 2})).fingerprint());
}
