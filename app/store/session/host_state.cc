#include "store/session/host_state.h"

#include <cppconn/connection.h>
#include <cppconn/exception.h>
#include <cppconn/resultset.h>
#include <cppconn/statement.h>
#include <fmt/format.h>

#include <map>
#include <memory>

#include "store/session/error_code.h"

namespace concert {
namespace {

using Named = std::map<std::string, std::string>;

// What a SHOW of names and values tells.
Named named_values(sql::Connection& connection, const char* text) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery(text));
  Named named;
  while (rows->next()) named[std::string(rows->getString(1))] = std::string(rows->getString(2));
  return named;
}

// MariaDB names the mode of new transactions tx_read_only, MySQL transaction_read_only. With
// innodb_force_recovery a server is being salvaged: MySQL refuses writes from 1, MariaDB from 5,
// and nothing should be sold from it before.
std::string read_only_by(const Named& variables) {
  for (const char* name : {"read_only", "tx_read_only", "transaction_read_only", "innodb_read_only",
                           "innodb_force_recovery"}) {
    const auto found = variables.find(name);
    if (found != variables.end() && found->second != "OFF" && found->second != "0") return name;
  }
  return "";
}

std::string galera_not_ready(sql::Connection& connection, const Named& variables) {
  Named status = named_values(connection, R"sql(
      SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status'))sql");
  if (status["wsrep_ready"] != "ON" || status["wsrep_cluster_status"] != "Primary") {
    return fmt::format("it is outside its cluster (wsrep_ready {}, wsrep_cluster_status {})",
                       status["wsrep_ready"], status["wsrep_cluster_status"]);
  }
  const auto rejects = variables.find("wsrep_reject_queries");
  if (rejects == variables.end() || rejects->second == "NONE") return "";
  return fmt::format("it refuses by order (wsrep_reject_queries {})", rejects->second);
}

// Without the right to see the group it is taken for ready: a member that is not ONLINE makes
// itself read-only.
std::string group_not_ready(sql::Connection& connection) {
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  try {
    const std::unique_ptr<sql::ResultSet> rows(statement->executeQuery(R"sql(
        SELECT COALESCE(MAX(IF(member_id = @@server_uuid, member_state, NULL)), 'OFFLINE'),
               COALESCE(SUM(member_state = 'UNREACHABLE') * 2 >= COUNT(*), 0)
        FROM performance_schema.replication_group_members)sql"));
    rows->next();
    const std::string state(rows->getString(1));
    if (state != "ONLINE") return fmt::format("it is {} in its group", state);
    return rows->getInt(2) == 0 ? "" : "it sees no majority of its group";
  } catch (const sql::SQLException& error) {
    if (means_missing_right(error.getErrorCode())) return "";
    throw;
  }
}

}  // namespace

HostState ask_host_state(sql::Connection& connection) {
  Named variables = named_values(connection, R"sql(
      SHOW GLOBAL VARIABLES WHERE Variable_name IN
      ('read_only', 'tx_read_only', 'transaction_read_only', 'innodb_read_only',
       'innodb_force_recovery', 'wsrep_on', 'wsrep_provider', 'wsrep_reject_queries',
       'group_replication_group_name'))sql");
  HostState state;
  state.read_only_by = read_only_by(variables);
  // `init_connect` may have set the mode for this session alone.
  if (!state.is_read_only()) {
    state.read_only_by = read_only_by(named_values(connection, R"sql(
        SHOW SESSION VARIABLES WHERE Variable_name IN ('tx_read_only', 'transaction_read_only'))sql"));
    state.is_of_init_connect = state.is_read_only();
  }
  if (variables["wsrep_on"] == "ON" && variables["wsrep_provider"] != "none") {
    state.cluster = HostState::Cluster::galera;
    state.not_ready = galera_not_ready(connection, variables);
  } else if (!variables["group_replication_group_name"].empty()) {
    state.cluster = HostState::Cluster::group_replication;
    state.not_ready = group_not_ready(connection);
  }
  return state;
}

bool has_installation(sql::Connection& connection, const std::string& schema) {
  std::string quoted;
  for (const char c : schema) quoted += c == '`' ? "``" : std::string(1, c);
  const std::unique_ptr<sql::Statement> statement(connection.createStatement());
  try {
    const std::unique_ptr<sql::ResultSet> rows(
        statement->executeQuery(fmt::format("SELECT 1 FROM `{}`.installation LIMIT 1", quoted)));
    return rows->next();
  } catch (const sql::SQLException& error) {
    const int code = error.getErrorCode();
    if (means_unfit_schema(code) || means_missing_right(code) || means_no_such_database(code))
      return false;
    throw;
  }
}

}  // namespace concert
