#pragma once

namespace concert::test {

// A port of 127.0.0.1 on which nothing listens, and which no other test takes while this process
// lives: two that chose the same one would talk to each other's service. Throws std::runtime_error
// if there is none.
int free_tcp_port();

}  // namespace concert::test
