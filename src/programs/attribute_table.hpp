// Attributes of avatars as a table on standard output.
#pragma once

#include <string_view>

#include "cspgan/evaluation/attribute_report.hpp"

namespace cspgan {

/// Prints the table, and the report's warnings on standard error in the program's name.
void print_attributes(const AttributeReport& report, std::string_view program);

}  // namespace cspgan
