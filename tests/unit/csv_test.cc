#include "base/csv.h"

#include <boost/test/unit_test.hpp>

namespace concert {
namespace {

// The row of one cell with `text`, without what is around it.
std::string cell_of(std::string_view text) {
  Csv csv({"x"});
  csv.add(text).end_row();
  const std::string begin = "\xEF\xBB\xBFx\r\n";
  BOOST_REQUIRE(csv.text().starts_with(begin) && csv.text().ends_with("\r\n"));
  return csv.text().substr(begin.size(), csv.text().size() - begin.size() - 2);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(csv_test)

BOOST_AUTO_TEST_CASE(a_table_begins_with_a_byte_order_mark_and_has_rows_that_end_with_crlf) {
  Csv csv({"number", "text"});
  csv.add(-7).add("a").end_row();
  csv.add(8).add("").end_row();
  BOOST_TEST(csv.text() == "\xEF\xBB\xBFnumber,text\r\n-7,a\r\n8,\r\n");
}

BOOST_AUTO_TEST_CASE(a_text_that_a_spreadsheet_would_run_is_marked_as_text) {
  for (const char* text : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx"})
    BOOST_TEST(cell_of(text) == std::string("'") + text);
  BOOST_TEST(cell_of("\r=1") == "\"'\r=1\"");
  BOOST_TEST(cell_of("=\"a\",b") == "\"'=\"\"a\"\",b\"");
  for (const char* text : {"a=1", "'=1", " =1", "1-1", ""}) BOOST_TEST(cell_of(text) == text);
}

BOOST_AUTO_TEST_CASE(a_text_with_a_comma_a_quote_or_a_line_break_is_quoted) {
  BOOST_TEST(cell_of("a,b") == "\"a,b\"");
  BOOST_TEST(cell_of("a\"b") == "\"a\"\"b\"");
  BOOST_TEST(cell_of("a\nb") == "\"a\nb\"");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
