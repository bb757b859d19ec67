#include "base/read_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace concert {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream bytes;
  // A folder can be opened, too, and cannot be read. Copying nothing would count as a failure.
  const bool is_empty = in && in.peek() == std::ifstream::traits_type::eof() && !in.bad();
  if (!is_empty && (!in || !(bytes << in.rdbuf()) || in.bad()))
    throw std::runtime_error(std::strerror(errno));
  return bytes.str();
}

}  // namespace concert
