#pragma once

#include <algorithm>
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

// The most items of a list that one statement has.
inline constexpr std::size_t kMostInList = 1000;

// Calls `call` with the items of a list of any length in their order, at most kMostInList at once.
template <class Item, class Call>
void in_batches(const std::vector<Item>& list, Call call) {
  for (std::size_t at = 0; at < list.size(); at += kMostInList) {
    const auto first = list.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(kMostInList, list.size() - at);
    call(std::vector<Item>(first, first + static_cast<std::ptrdiff_t>(count)));
  }
}

// Repeats the last item of `list`, which is not empty, until the length is a power of two. IN lists
// of all lengths then share a few prepared statements, of which a server keeps a limited number.
template <class Item>
std::vector<Item> padded(std::vector<Item> list) {
  const Item last = list.back();
  list.resize(std::bit_ceil(list.size()), last);
  return list;
}

}  // namespace concert
