#pragma once

#include <string>

namespace sql {
class Connection;
}

namespace concert {

// What a database server says of itself.
struct HostState {
  enum class Cluster { none, galera, group_replication };

  Cluster cluster = Cluster::none;
  // The variable by which it refuses writes, as `read_only`. Empty where it may be written to.
  std::string read_only_by;
  // The server's `init_connect` sets that variable, in each session.
  bool is_of_init_connect = false;
  // Why it serves no client though it is up: it is outside its cluster, or refuses by order. Empty
  // where it serves.
  std::string not_ready;

  bool is_read_only() const { return !read_only_by.empty(); }
  bool is_usable() const { return not_ready.empty() && !is_read_only(); }
};

// One query, of a cluster's server two. Throws sql::SQLException.
HostState ask_host_state(sql::Connection& connection);

// Whether the server has that schema with an installation of this service in it: not one that was
// set up again and is empty. No for an account without a right to read it, which grants.sql gives
// to every program. Throws sql::SQLException.
bool has_installation(sql::Connection& connection, const std::string& schema);

}  // namespace concert
