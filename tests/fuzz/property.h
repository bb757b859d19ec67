#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace concert::fuzz {

// What must hold for every input. Where it does not, the program ends, and libFuzzer keeps the
// input.
inline void require(bool holds, const char* property) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", property);
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace concert::fuzz
