#include "base/csv.h"

namespace concert {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kRun =
    "=+-@\t\r";  // a text that begins so is a formula to a spreadsheet
constexpr std::string_view kQuoted = ",\"\r\n";

}  // namespace

Csv::Csv(const std::vector<std::string_view>& columns) : text_(kByteOrderMark) {
  for (const std::string_view column : columns) add(column);
  end_row();
}

Csv& Csv::add(std::int64_t number) {
  begin_cell();
  text_ += std::to_string(number);
  return *this;
}

Csv& Csv::add(std::string_view text) {
  begin_cell();
  const bool would_run = !text.empty() && kRun.find(text.front()) != std::string_view::npos;
  const bool is_quoted = text.find_first_of(kQuoted) != std::string_view::npos;
  if (is_quoted) text_ += '"';
  if (would_run) text_ += '\'';
  for (const char c : text) {
    if (c == '"') text_ += '"';
    text_ += c;
  }
  if (is_quoted) text_ += '"';
  return *this;
}

void Csv::end_row() {
  text_ += "\r\n";
  is_at_row_ = true;
}

void Csv::begin_cell() {
  if (!is_at_row_) text_ += ',';
  is_at_row_ = false;
}

}  // namespace concert
