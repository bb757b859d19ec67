#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace concert {

// The bytes of a file or pipe, 16 MiB at most. Throws std::runtime_error with the system's reason,
// as "Permission denied", or because there are more: a device such as /dev/zero has no end.
std::string read_file(const std::string& path);

// The bytes of standard input, to its end. Throws the same.
std::string read_standard_input();

// Call it first in main(). A standard stream that the program was started without is opened so that
// its use fails: no socket or file gets its number. A closed pipe is an error of writing, not a
// signal that ends the program half way.
void guard_standard_streams();

// Standard output did not take all that was written to it: its disk is full, for example.
class OutputError : public std::runtime_error {
 public:
  explicit OutputError(int error);
  // Whether the reader of a pipe has gone, as `head` does once it has seen enough.
  bool reader_is_gone() const { return reader_is_gone_; }

 private:
  bool reader_is_gone_;
};

// Writes all of `text` to standard output. Throws OutputError, whose text is the reason.
void write_output(std::string_view text);

}  // namespace concert
