#pragma once

#include <bit>
#include <cstddef>
#include <string>
#include <vector>

namespace concert {

// "?, ?, ?" for a list of `count` values.
inline std::string placeholders(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ", ?";
  return text;
}

// "(?, ?), (?, ?)" for `rows` rows of `columns` values, for an INSERT of several.
inline std::string placeholder_rows(std::size_t rows, std::size_t columns) {
  const std::string row = "(" + placeholders(columns) + ")";
  std::string text;
  for (std::size_t i = 0; i < rows; ++i) text += i == 0 ? row : ", " + row;
  return text;
}

// `list` with the last one repeated up to a power of two, for an IN list: lists of any length then
// need few prepared statements, of which a server keeps a limited number.
template <class Item>
std::vector<Item> padded(std::vector<Item> list) {
  const Item last = list.back();
  list.resize(std::bit_ceil(list.size()), last);
  return list;
}

}  // namespace concert
