#pragma once

#include <string>

namespace concert::test {

// A file's content; empty if it cannot be read.
std::string text_of(const std::string& file);
// The text of a file of the source tree.
std::string source_text(const std::string& path);
void write_text(const std::string& file, const std::string& text);
// How often `part` occurs in `text`.
int occurrences(const std::string& text, const std::string& part);

}  // namespace concert::test
