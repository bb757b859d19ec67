#pragma once

#include <string>

namespace concert {

// The bytes of a file. Throws std::runtime_error with the system's reason, as "Permission denied".
std::string read_file(const std::string& path);

// The bytes of standard input, to its end. Throws the same.
std::string read_standard_input();

}  // namespace concert
