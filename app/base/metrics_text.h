#pragma once

#include <string>
#include <string_view>

namespace concert {

// Lines of the Prometheus text format.

// What every family begins with; `type` is counter, gauge or histogram.
void append_family(std::string& text, std::string_view name, std::string_view type,
                   std::string_view help);

// `labels` is `key="value",...`, or empty.
void append_sample(std::string& text, std::string_view name, std::string_view labels, double value);

}  // namespace concert
