// Styles: published probabilities, counting, sampling.
#include "cspgan/density/categorical_model.hpp"

#include <cmath>
#include <map>

#include "cspgan/core/error.hpp"
#include "cspgan/core/files.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace cspgan;
using cspgan_test::contains;
using cspgan_test::message_of;

namespace {

/// The counts of 50 people that the source of the avatars' styles publishes, and its features by their sizes.
CategoricalModel published() {
  const auto feature = [](const std::string& name, std::vector<double> counts) {
    CategoricalFeature made{name, {}, std::move(counts)};
    for (std::size_t value = 0; value < made.counts.size(); ++value) made.values.push_back(std::to_string(value));
    return made;
  };
  return CategoricalModel({feature("hair", {7, 0, 1, 23, 1, 11, 7}), feature("hair_color", {7, 6, 2, 3, 8, 24}),
                           feature("glasses", {11, 22, 17}), feature("clothes", {7, 18, 19, 6}),
                           feature("clothes_color", {4, 5, 6, 8, 6, 8, 7, 6})});
}

CategoricalModel from_table(const std::string& text, const CategoricalFitOptions& options = {},
                            const std::string& name = "people.csv") {
  const cspgan_test::TemporaryFolder folder;
  write_file_atomically(folder.path() / name, text);
  return fit_categorical(folder.path() / name, options);
}

}  // namespace

TEST_CASE("combinations have the published probabilities, to 1e-15", "[density]") {
  const CategoricalModel model = published();
  CHECK(std::abs(model.probability({3, 5, 0, 2, 5}) - 0.002445932658582044) < 1e-15);
  CHECK(std::abs(model.probability({5, 0, 2, 1, 7}) - 0.0004337453914552157) < 1e-15);
  CHECK(std::abs(model.probability({4, 5, 0, 2, 3}) - 0.00020382772154850363) < 1e-15);
  CHECK(model.combinations() == 4032);
}

TEST_CASE("the probabilities of all combinations sum to one, and those of some features to that of the rest",
          "[density]") {
  const CategoricalModel model = published();
  double sum = 0;
  for (std::size_t a = 0; a < 7; ++a)
    for (std::size_t b = 0; b < 6; ++b)
      for (std::size_t c = 0; c < 3; ++c)
        for (std::size_t d = 0; d < 4; ++d)
          for (std::size_t e = 0; e < 8; ++e) sum += model.probability({a, b, c, d, e});
  CHECK(std::abs(sum - 1) < 1e-12);
  CHECK(model.probability("") == 1);
  CHECK(std::abs(model.probability("hair=3,glasses=1") - 24.0 / 57 * 23 / 53) < 1e-15);
  CHECK(contains(message_of<OptionError>([&] { published().probability("hiar=3"); }), "did you mean 'hair'"));
  CHECK(contains(message_of<OptionError>([&] { published().probability("hair=9"); }), "no value of hair '9'"));
  CHECK(contains(message_of<OptionError>([&] { published().probability("hair=1,hair=2"); }), "twice"));
  CHECK(contains(message_of<OptionError>([&] { published().probability("hair"); }), "feature=value"));
}

TEST_CASE("samples are functions of seed and index, and as frequent as they are likely", "[density]") {
  const CategoricalModel model = published();
  CHECK((model.sample(3, 17) == model.sample(3, 17)));
  std::map<std::size_t, int> hair, color;
  constexpr int count = 20000;
  for (int k = 0; k < count; ++k) {
    const auto drawn = model.sample(1, static_cast<std::uint64_t>(k));
    ++hair[drawn[0]];
    ++color[drawn[4]];
  }
  double chi_squared = 0;  // with 6 and 7 degrees of freedom: above 34.5 once in 1,000 times
  for (std::size_t value = 0; value < 7; ++value)
    chi_squared +=
        std::pow(hair[value] - count * model.probability(0, value), 2) / (count * model.probability(0, value));
  for (std::size_t value = 0; value < 8; ++value)
    chi_squared +=
        std::pow(color[value] - count * model.probability(4, value), 2) / (count * model.probability(4, value));
  CHECK(chi_squared < 34.5);
  const CategoricalModel sure({{"a", {"never", "always", "nor"}, {0, 5, 0}}}, 0);
  for (std::uint64_t k = 0; k < 50; ++k) CHECK(sure.sample(2, k)[0] == 1);
}

TEST_CASE("a table is counted, with quotes, semicolons and unknown fields", "[density]") {
  const CategoricalModel model = from_table("color;shape\r\nred;\"round; flat\"\r\nred;\r\nblue;square\r\n");
  CHECK((model.features() == std::vector<CategoricalFeature>{{"color", {"red", "blue"}, {2, 1}},
                                                             {"shape", {"round; flat", "square"}, {1, 1}}}));
  CHECK(std::abs(model.probability("color=red") - 3.0 / 5) < 1e-15);
  const CategoricalFitOptions known{.smoothing = 0.5, .known = {{"size", {"s", "m", "l"}, {}}, {"color", {"red"}, {}}}};
  const CategoricalModel completed = from_table("size\nm\nm\n", known);
  CHECK((completed.features() == std::vector<CategoricalFeature>{{"size", {"s", "m", "l"}, {0, 2, 0}}}));
  CHECK(std::abs(completed.probability("size=s") - 0.5 / 3.5) < 1e-15);
  CHECK(contains(message_of<OptionError>([&] { from_table("size\nm\nxl\n", known); }),
                 "line 3: there is no value of size 'xl'"));
  CHECK(contains(message_of<OptionError>([&] { from_table("sizes\nm\n", known); }), "did you mean 'size'"));
  CHECK(
      contains(message_of<OptionError>([&] { from_table("a,b\n1\n"); }), "line 2: 1 fields, but the first line has 2"));
  CHECK(contains(message_of<OptionError>([&] { from_table("a,a\n1,2\n"); }), "same name"));
  CHECK(contains(message_of<OptionError>([&] { from_table(""); }), "is empty"));
  CHECK(contains(message_of<OptionError>([&] { from_table("a\n"); }), "has no values"));
}

TEST_CASE("labels are counted; those that are unknown count nowhere", "[density]") {
  const Labels labels = labels_from_text({"Smiling", "Male"}, {{"1", "-1"}, {"1", "1"}, {}, {"-1", "1"}});
  const CategoricalModel model = fit_categorical(labels);
  CHECK(std::abs(model.probability("Smiling=1") - 3.0 / 5) < 1e-15);
  CHECK(std::abs(model.probability("Smiling=-1,Male=1") - 2.0 / 5 * 3 / 5) < 1e-15);
  CHECK(contains(message_of<OptionError>([] { fit_categorical(Labels{}); }), "no labels"));
}

TEST_CASE("a model that cannot be is refused by name", "[density]") {
  const auto refusal = [](std::vector<CategoricalFeature> features, double smoothing = 1) {
    return message_of<OptionError>([&] { CategoricalModel(std::move(features), smoothing); });
  };
  CHECK(contains(refusal({}), "needs a feature"));
  CHECK(contains(refusal({{"a", {"x", "x"}, {1, 2}}}), "'a' has a value twice"));
  CHECK(contains(refusal({{"a", {"x", "y"}, {1}}}), "2 values and 1 counts"));
  CHECK(contains(refusal({{"a", {"x"}, {-1}}}), "'a' is -1"));
  CHECK(contains(refusal({{"a", {"x"}, {std::nan("")}}}), "'a' is nan"));
  CHECK(contains(refusal({{"a", {"x"}, {0}}}, 0), "was observed"));
  CHECK(contains(refusal({{"a", {"x"}, {1}}}, -1), "smoothing"));
  CHECK(contains(message_of<Error>([] { published().probability({1, 2}); }), "2 values for 5"));
  CHECK(contains(message_of<Error>([] { published().probability({7, 0, 0, 0, 0}); }), "'hair' has no value 7"));
}
