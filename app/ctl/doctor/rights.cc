#include "ctl/doctor/rights.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <set>
#include <sstream>

#include "base/wording.h"
#include "domain/check.h"
#include "store/session/errors.h"

namespace concert {
namespace {

constexpr char kGrants[] =
#include "grants.inc"
    ;

std::vector<std::string> words_of(const std::string& text) {
  static const std::regex word(R"(\w+)");
  return {std::sregex_token_iterator(text.begin(), text.end(), word), {}};
}

// "UPDATE (a, b)"
std::string without_table(const Right& right) {
  if (right.columns.empty()) return right.privilege;
  return fmt::format("{} ({})", right.privilege, fmt::join(right.columns, ", "));
}

// The columns that can be written. An account without any right on a table sees no column of it.
std::vector<std::string> columns_of(Session& session, const std::string& table) {
  auto rows = session.query(R"sql(
      SELECT column_name FROM information_schema.columns
      WHERE table_schema = DATABASE() AND table_name = ?
        AND COALESCE(generation_expression, '') = ''
      ORDER BY ordinal_position)sql",
                            {table});
  std::vector<std::string> columns;
  while (rows.next()) columns.push_back(rows.text(1));
  // The server then denies the table before it looks for the column.
  if (columns.empty()) columns.emplace_back("unseen");
  return columns;
}

// A statement that needs the right. With EXPLAIN the server checks rights and runs nothing.
std::string trial_of(const Right& right, Session& session) {
  const std::string table = right.table == "*" ? "schema_migration" : right.table;
  if (right.privilege == "SELECT") return fmt::format("EXPLAIN SELECT * FROM {}", table);
  // MySQL does not check this one for EXPLAIN.
  if (right.privilege == "LOCK TABLES")
    return fmt::format("SELECT 1 FROM {} LIMIT 0 FOR UPDATE", table);
  if (right.privilege == "DELETE") return fmt::format("EXPLAIN DELETE FROM {}", table);
  const auto columns = right.columns.empty() ? columns_of(session, table) : right.columns;
  if (right.privilege == "UPDATE") {
    return fmt::format("EXPLAIN UPDATE {} SET `{}` = NULL", table,
                       fmt::join(columns, "` = NULL, `"));
  }
  check(right.privilege == "INSERT", "grants.sql gives what the doctor knows how to try");
  const std::vector<const char*> nulls(columns.size(), "NULL");
  return fmt::format("EXPLAIN INSERT INTO {} (`{}`) VALUES ({})", table, fmt::join(columns, "`, `"),
                     fmt::join(nulls, ", "));
}

}  // namespace

std::vector<Right> parse_rights(const std::string& grants) {
  static const std::regex form(R"(GRANT (.+) ON concert\.(\S+) TO '(\w+)'@'localhost';)");
  static const std::regex privilege(R"(([A-Z]+(?: [A-Z]+)*)(?: \(([^)]*)\))?(?:, |$))");
  std::vector<Right> rights;
  std::istringstream lines(grants);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("GRANT", 0) != 0) continue;
    std::smatch grant;
    check(std::regex_match(line, grant, form), "grants.sql has a grant in each line");
    const std::string list = grant[1];
    for (std::sregex_iterator at(list.begin(), list.end(), privilege), end; at != end; ++at)
      rights.push_back({grant[3], (*at)[1], words_of((*at)[2]), grant[2]});
  }
  return rights;
}

std::vector<Right> rights_of(const std::string& account) {
  std::vector<Right> rights = parse_rights(kGrants);
  if (!account.empty())
    std::erase_if(rights, [&](const Right& right) { return right.account != account; });
  return rights;
}

std::string text_of(const std::vector<Right>& rights) {
  const std::size_t named = std::min(rights.size(), kNamedOfList);
  std::string text;
  for (std::size_t i = 0; i < named; ++i) {
    text += without_table(rights[i]);
    const bool is_last = i + 1 == named;
    if (!is_last && rights[i + 1].table == rights[i].table) {
      text += ", ";
    } else {
      text += fmt::format(" ON {}{}", rights[i].table, is_last ? "" : "; ");
    }
  }
  if (named < rights.size()) text += fmt::format(" and {} more", rights.size() - named);
  return text;
}

Lack find_lack(Session& session, const std::vector<Right>& rights) {
  Lack lack;
  std::set<std::string> tried;  // two programs may need the same right
  for (const Right& right : rights) {
    if (!tried.insert(text_of({right})).second) continue;
    const std::string trial = trial_of(right, session);
    try {
      session.query(trial);
    } catch (const RightMissing& error) {
      if (lack.rights.empty()) lack.denial = error.denial();
      lack.rights.push_back(right);
    }
  }
  return lack;
}

}  // namespace concert
