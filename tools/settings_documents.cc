// Writes the documents that are made of the settings table.
#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "base/input_output.h"
#include "settings/settings_table.h"

namespace {

constexpr char kUsage[] =
    "usage: settings_documents write ROOT    writes systemd/concert.conf.example and the table of "
    "README.md\n"
    "       settings_documents manual ROOT   prints concert.conf(5)\n";

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  if (!out.write(text.data(), static_cast<std::streamsize>(text.size())).flush())
    throw std::runtime_error("cannot write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc == 3 ? argv[1] : "";
  const std::string root = argc == 3 ? argv[2] : "";
  try {
    if (what == "write") {
      write_file(root + "/systemd/concert.conf.example", concert::settings_example());
      const std::string readme = root + "/README.md";
      write_file(readme, concert::with_readme_table(concert::read_file(readme)));
    } else if (what == "manual") {
      concert::write_output(
          concert::with_manual_settings(concert::read_file(root + "/man/concert.conf.5.in")));
    } else {
      fmt::print(stderr, "{}", kUsage);
      return 2;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "settings_documents: {}.\n", error.what());
    return 1;
  }
  return 0;
}
