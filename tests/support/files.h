#pragma once

#include <string>

namespace concert::test {

// A file's content; empty if it cannot be read.
std::string text_of(const std::string& file);
void write_text(const std::string& file, const std::string& text);

}  // namespace concert::test
