// No input becomes part of an SQL text: it is bound to a placeholder.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <vector>

#include "support/files.h"

namespace concert {
namespace {

namespace fs = std::filesystem;

// What else a file may send than a text that stands in the call: the constants of the audit's list,
// the statements of the migrations, trials made of the names in grants.sql and in the schema, and
// what ConcertStore::dates and Session are given.
const std::map<std::string, std::set<std::string>>& named_texts() {
  static const std::map<std::string, std::set<std::string>> files{
      {"body.cc", {"name"}},  // of a parameter of the request's query, which is no SQL
      {"audit_store.cc", {"question.pages", "question.rows"}},
      {"concert_store.cc", {"sql"}},
      {"rights.cc", {"trial"}},
      {"schema.cc", {"statement"}},
      {"session.cc", {"sql"}},
  };
  return files;
}

// The end of the string or character that begins at `from`, an apostrophe or a quotation mark.
std::size_t end_of_literal(const std::string& source, std::size_t from) {
  std::size_t i = from + 1;
  while (i < source.size() && source[i] != source[from]) i += source[i] == '\\' ? 2U : 1U;
  return i + 1;
}

// The end of a raw string, whose quotation mark is at `quote`.
std::size_t end_of_raw(const std::string& source, std::size_t quote) {
  const auto open = source.find('(', quote);
  const std::string close = ")" + source.substr(quote + 1, open - quote - 1) + "\"";
  return source.find(close, open) + close.size();
}

// The source without comments and white space, with `$` for each R"sql(...)sql" and `"` for each
// run of other strings: a comma or a parenthesis that is left is one of C++.
std::string bare(const std::string& source) {
  std::string text;
  for (std::size_t i = 0; i < source.size();) {
    const char c = source[i];
    if (source.compare(i, 2, "//") == 0) {
      i = std::min(source.find('\n', i), source.size());
    } else if (source.compare(i, 2, "R\"") == 0) {
      text += source.compare(i, 6, "R\"sql(") == 0 ? '$' : '"';
      i = end_of_raw(source, i + 1);
    } else if (c == '"') {
      if (text.empty() || text.back() != '"') text += '"';
      i = end_of_literal(source, i);
    } else if (c == '\'' && (text.empty() || std::isalnum(text.back()) == 0)) {
      text += '\'';
      i = end_of_literal(source, i);
    } else {
      if (std::isspace(c) == 0) text += c;
      ++i;
    }
  }
  return text;
}

// The arguments of the call whose parenthesis opens at `open` of a bare text.
std::vector<std::string> arguments(const std::string& text, std::size_t open) {
  std::vector<std::string> found(1);
  int depth = 1;
  for (std::size_t i = open + 1; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '(' || c == '{' || c == '[') ++depth;
    if (c == ')' || c == '}' || c == ']') --depth;
    if (depth == 0) return found;
    if (c == ',' && depth == 1) {
      found.emplace_back();
    } else {
      found.back() += c;
    }
  }
  return found;
}

// Whether it is one call of `function` and nothing around it.
bool is_call_of(const std::string& function, const std::string& text) {
  if (text.rfind(function + "(", 0) != 0) return false;
  std::size_t length = function.size() + 2;
  const auto given = arguments(text, function.size());
  for (const std::string& argument : given) length += argument.size();
  return text.size() == length + given.size() - 1;
}

// The headers of the stores, whose constants several files use.
const std::string& headers() {
  static const std::string all = [] {
    std::string text;
    for (const auto& entry : fs::recursive_directory_iterator(CONCERT_SOURCE_DIR "/app/store")) {
      if (entry.path().extension() == ".h") text += bare(test::text_of(entry.path()));
    }
    return text;
  }();
  return all;
}

bool is_constant(const std::string& name, const std::string& text) {
  static const std::regex form("k[A-Z][A-Za-z]*");
  const std::string declaration = "constexprchar" + name + "[]=";
  return std::regex_match(name, form) && (text.find(declaration) != std::string::npos ||
                                          headers().find(declaration) != std::string::npos);
}

// The arguments of every call that `function` matches.
std::vector<std::vector<std::string>> calls_of(const std::regex& function,
                                               const std::string& text) {
  std::vector<std::vector<std::string>> calls;
  for (std::sregex_iterator at(text.begin(), text.end(), function), end; at != end; ++at) {
    calls.push_back(arguments(text, static_cast<std::size_t>(at->position() + at->length()) - 1));
  }
  return calls;
}

bool has_sql(const std::string& argument) { return argument.find('$') != std::string::npos; }

// What is wrong with how the texts are filled; empty if nothing is.
std::string objection_to_filling(const std::string& text) {
  static const std::regex joined(R"(\$\+|\+=?\$)");
  if (std::regex_search(text, joined)) return "a text is put together with +";
  static const std::regex format(R"(format(?:_to)?\()");
  for (const auto& given : calls_of(format, text)) {
    if (std::none_of(given.begin(), given.end(), has_sql)) continue;
    if (given[0] != "$") return "a text is filled by other means than fmt::format(text, ...)";
    for (std::size_t i = 1; i < given.size(); ++i) {
      if (!is_call_of("placeholders", given[i]) && !is_call_of("placeholder_rows", given[i]) &&
          !is_constant(given[i], text)) {
        return "a text is filled with " + given[i];
      }
    }
  }
  return "";
}

// What is wrong with the SQL texts of a file; empty if nothing is.
std::string objection(const std::string& file, const std::string& source) {
  const std::string text = bare(source);
  const auto named = named_texts().find(file);
  // ConcertStore::dates sends what it is given.
  static const std::regex send(R"((?:(?:\.|->)(?:query|execute|run_text)|returndates)\()");
  for (const auto& given : calls_of(send, text)) {
    const std::string& sql = given[0];
    if (sql == "$" || sql == "\"") continue;
    if (sql.rfind("fmt::format($,", 0) == 0 && is_call_of("fmt::format", sql)) continue;
    if (named != named_texts().end() && named->second.count(sql) == 1) continue;
    return "what is sent is no text of its own: " + sql;
  }
  return objection_to_filling(text);
}

std::string objection(const std::string& source) { return objection("a_store.cc", source); }

}  // namespace

BOOST_AUTO_TEST_SUITE(sql_text_test)

BOOST_AUTO_TEST_CASE(a_text_is_filled_only_with_placeholders_and_constants) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(CONCERT_SOURCE_DIR "/app")) {
    const auto extension = entry.path().extension();
    if (extension != ".h" && extension != ".cc") continue;
    const std::string why = objection(entry.path().filename(), test::text_of(entry.path()));
    BOOST_TEST(why == "", entry.path().string() << ": " << why);
    ++files;
  }
  BOOST_TEST(files > 100);
}

BOOST_AUTO_TEST_CASE(a_text_that_could_carry_input_is_seen) {
  BOOST_TEST(objection(R"cc(s.query(fmt::format(R"sql(A = {})sql", name), {});)cc") != "");
  BOOST_TEST(objection(R"cc(s.query(fmt::format(R"sql(A = {})sql", list.size()));)cc") != "");
  BOOST_TEST(objection(R"cc(s.query(fmt::format(R"sql({} {})sql", placeholders(2), why));)cc") !=
             "");
  BOOST_TEST(objection(R"cc(fmt::format(R"sql({})sql", placeholders(2) + name);)cc") != "");
  BOOST_TEST(objection(R"cc(fmt::format(R"sql({})sql", kName);)cc") != "");
  BOOST_TEST(objection(R"cc(fmt::format(fmt::runtime(R"sql({})sql"), name);)cc") != "");
  BOOST_TEST(objection(R"cc(s.execute(fmt::format("DELETE FROM {}", table));)cc") != "");
  BOOST_TEST(objection(R"cc(s.execute(R"sql(A = )sql" + name);)cc") != "");
  BOOST_TEST(objection(R"cc(const auto text = name + R"sql( = A)sql";)cc") != "");
  BOOST_TEST(objection(R"cc(s->run_text("SET " + name);)cc") != "");
  BOOST_TEST(objection(R"cc(s.execute(sql, {name});)cc") != "");
}

BOOST_AUTO_TEST_CASE(a_text_of_its_own_is_not_objected_to) {
  BOOST_TEST(objection(R"cc(s.query(R"sql(A = ?, (1))sql", {name, 7});)cc") == "");
  BOOST_TEST(objection(R"cc(s.query(
                                "SELECT 1 "
                                "FROM A",
                                {name});)cc") == "");
  BOOST_TEST(objection(R"cc(
               constexpr char kOne[] =
                   "1, "
                   "2";
               s.query(fmt::format(R"sql(A {} B {} C {})sql",  // why
                                   kOne, placeholders(a.size()), placeholder_rows(f(1, 2), 3)),
                       {name});)cc") == "");
  BOOST_TEST(objection(R"cc(throw Busy(fmt::format("{} is {}", name, why));)cc") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
