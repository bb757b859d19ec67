#pragma once

#include <string>
#include <vector>

#include "store/session/session.h"

namespace concert {

// A right that sql/grants.sql gives a program's account.
struct Right {
  std::string account;
  std::string privilege;             // "UPDATE"
  std::vector<std::string> columns;  // empty: all
  std::string table;                 // "*": every table
};

// The rights in a text of the form of grants.sql, in its order.
std::vector<Right> parse_rights(const std::string& grants);

// The rights of the grants.sql that this program was built with. An empty account: of all accounts.
std::vector<Right> rights_of(const std::string& account);

// "SELECT, UPDATE (a, b) ON token; DELETE ON seat": the first ten, and how many more there are.
std::string text_of(const std::vector<Right>& rights);

// The rights that a session's account lacks, and the server's error for the first of them.
struct Lack {
  std::vector<Right> rights;
  std::string denial;
};

// Tries each right on the session's own database. Reads and changes no row and waits for no row's
// lock. A right on every table is tried on schema_migration. LOCK TABLES counts as lacking where
// that table may not be read; MariaDB does not check it otherwise.
Lack find_lack(Session& session, const std::vector<Right>& rights);

}  // namespace concert
