#pragma once

#include <string_view>

namespace concert::fuzz {

// Whether `text` is one JSON object as RFC 8259 has it, and nothing else but white space. Written
// from the grammar, and of nothing that the service uses; keys may repeat here.
bool is_json_object(std::string_view text);

}  // namespace concert::fuzz
