#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace concert {

// A table that a spreadsheet opens right: the form of RFC 4180 in UTF-8 with a byte order mark. A
// text that a spreadsheet would run as a formula gets a ' before it.
//
//   Csv csv({"seat", "holder"});
//   csv.add(7).add("=1+1").end_row();
class Csv {
 public:
  explicit Csv(const std::vector<std::string_view>& columns);

  Csv& add(std::int64_t number);
  Csv& add(std::string_view text);
  void end_row();

  const std::string& text() const { return text_; }

 private:
  void begin_cell();

  std::string text_;
  bool is_at_row_ = true;
};

}  // namespace concert
