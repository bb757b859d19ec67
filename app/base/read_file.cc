#include "base/read_file.h"

#include <unistd.h>

#include <array>
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

std::string read_standard_input() {
  std::string all;
  std::array<char, 65536> bytes{};
  ssize_t got = 0;
  while ((got = ::read(STDIN_FILENO, bytes.data(), bytes.size())) != 0) {
    if (got > 0) {
      all.append(bytes.data(), static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      throw std::runtime_error(std::strerror(errno));
    }
  }
  return all;
}

}  // namespace concert
