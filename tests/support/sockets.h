#pragma once

#include <string>

namespace concert::test {

// A port of 127.0.0.1 on which nothing listens, and which no other test takes while this process
// lives: two that chose the same one would talk to each other's service. Throws std::runtime_error
// if there is none.
int free_tcp_port();

// Connects to a port of 127.0.0.1, or to a Unix socket. Returns the descriptor, or -1 with errno
// set.
int connect_to(int port);
int connect_to(const std::string& socket);

}  // namespace concert::test
