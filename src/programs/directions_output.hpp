// What `directions` prints.
#pragma once

#include <optional>
#include <vector>

#include "cspgan/evaluation/attribute_directions.hpp"
#include "programs/directions_command.hpp"

namespace cspgan {

/// A row for each direction; `scores` may be empty.
void print_directions(const std::vector<NamedDirection>& directions, const Tensor& strengths,
                      const std::vector<DirectionScore>& scores, const std::optional<AttributeReader>& reader);

/// What the columns of the scores mean.
void print_scores_meaning(const DirectionsCommand& command);

}  // namespace cspgan
