#include "base/metrics_text.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>

namespace concert {

void append_family(std::string& text, std::string_view name, std::string_view type,
                   std::string_view help) {
  fmt::format_to(std::back_inserter(text), "# HELP {0} {1}\n# TYPE {0} {2}\n", name, help, type);
}

void append_sample(std::string& text, std::string_view name, std::string_view labels,
                   double value) {
  constexpr double kExact = 9'007'199'254'740'992.0;
  text += name;
  if (!labels.empty()) text.append("{").append(labels).append("}");
  // Whole numbers are shown to the last digit.
  if (std::floor(value) == value && std::abs(value) < kExact) {
    fmt::format_to(std::back_inserter(text), " {}\n", static_cast<std::int64_t>(value));
  } else {
    fmt::format_to(std::back_inserter(text), " {}\n", value);
  }
}

}  // namespace concert
