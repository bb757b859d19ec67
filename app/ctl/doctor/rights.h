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

// The rights of a text in the form of grants.sql, in its order.
std::vector<Right> parse_rights(const std::string& grants);

// Those of grants.sql that this program was built with. An empty account: of all accounts.
std::vector<Right> rights_of(const std::string& account);

// "SELECT, UPDATE (a, b) ON token; DELETE ON seat": ten of them, and how many more there are.
std::string text_of(const std::vector<Right>& rights);

// The rights that a session's account lacks, and how the server denied the first of them.
struct Lack {
  std::vector<Right> rights;
  std::string denial;
};

// Tries each right on the session's own database. It reads and changes no row and waits for no
// row's lock. What is given on every table is tried on schema_migration. LOCK TABLES is found
// lacking too where that may not be read; never on MariaDB otherwise, which does not ask for it.
Lack find_lack(Session& session, const std::vector<Right>& rights);

}  // namespace concert
