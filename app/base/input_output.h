#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace concert {

// The bytes of a file, 16 MiB at most. Throws std::runtime_error with the system's reason
// ("Permission denied"), if there are more (/dev/zero has no end), or if it is a pipe. Never waits
// for somebody to write.
std::string read_file(const std::string& path);

// The same for a file that somebody names on a command line: waits for the writer of a pipe.
std::string read_file_or_pipe(const std::string& path);

// The bytes of standard input, to its end. Throws as read_file() does.
std::string read_standard_input();

// Call it first in main(). Opens /dev/null for each missing standard stream so that its use fails
// and no socket or file gets its number. Makes writing to a closed pipe an error, not a signal that
// ends the program.
void guard_standard_streams();

// Standard output could not be written in full: its disk is full, for example.
class OutputError : public std::runtime_error {
 public:
  explicit OutputError(int error);
  // Whether the reader of a pipe has gone, as `head` does after its last line.
  bool reader_is_gone() const { return reader_is_gone_; }

 private:
  bool reader_is_gone_;
};

// Writes all of `text` to standard output. Throws OutputError, whose text is the reason.
void write_output(std::string_view text);

// Writes `text` to standard error, as much of it as that takes: nobody can be told that it took
// less, and what a program does must not depend on it.
void write_to_stderr(std::string_view text) noexcept;

}  // namespace concert
