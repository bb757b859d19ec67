// What the compiler and the linker were to build into the programs, read back from them.
#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <sstream>

#include "support/ops_service.h"

namespace concert::test {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string readelf(const std::string& what, const std::string& file) {
  const Outcome outcome = run({"readelf", "--wide", what, file});
  BOOST_REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.err);
  return outcome.out;
}

// The lines of `text` that have `part`.
std::vector<std::string> lines_with(const std::string& text, const std::string& part) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    if (has(line, part)) lines.push_back(line);
  }
  return lines;
}

bool is_writable_and_executable(const std::string& program_header) {
  return has(program_header, " RWE ");
}

// A function like __memcpy_chk of a C library's checked copies.
bool imports_checked_copies(const std::string& symbols) {
  for (const std::string& line : lines_with(symbols, "_chk@GLIBC")) {
    if (has(line, " UND ")) return true;
  }
  return false;
}

// What a file lacks, each by a word. Empty is good.
std::string missing_from(const std::string& file) {
  std::string missing;
  const auto want = [&](bool there, const char* what) {
    if (!there) missing += fmt::format("{}\n", what);
  };
  const std::string segments = readelf("--program-headers", file);
  const std::string dynamic = readelf("--dynamic", file);
  const std::string symbols = readelf("--dyn-syms", file);
  want(has(readelf("--file-header", file), "DYN (Position-Independent Executable file)"), "pie");
  want(has(segments, "GNU_RELRO"), "relro");
  want(has(dynamic, "BIND_NOW") || has(dynamic, "Flags: NOW"), "bind now");
  want(has(segments, "GNU_STACK"), "stack header");
  for (const std::string& segment : lines_with(segments, " 0x")) {
    want(!is_writable_and_executable(segment), "writable or executable, not both");
  }
  want(has(symbols, "__stack_chk_fail"), "stack protector");
  want(has(symbols, "__glibcxx_assert_fail"), "assertions of the standard library");
  // Each source file's compiler notes its options in the debug information. What the sanitizers
  // bring along was built for an older C++.
  const auto compilers = lines_with(readelf("--string-dump=.debug_str", file), " -std=c++20 ");
  want(!compilers.empty(), "debug information");
  for (const std::string& options : compilers) {
    want(has(options, "-fstack-protector-strong"), "strong stack protector");
    want(has(options, "-fstack-clash-protection"), "stack clash protection");
#ifdef __x86_64__
    want(has(options, "-fcf-protection=full"), "control flow protection");
#endif
  }
  return missing;
}

constexpr const char* kBinaries[] = {"concertd", "concert-cron", "concertctl"};

}  // namespace

BOOST_AUTO_TEST_SUITE(hardening_test)

BOOST_AUTO_TEST_CASE(the_programs_are_hardened) {
  for (const char* name : kBinaries) {
    const std::string missing = missing_from(program(name));
    BOOST_TEST(missing == "", name << " lacks:\n" << missing);
  }
}

BOOST_AUTO_TEST_CASE(copies_are_checked) {
  if (kSanitized) return;  // they see more where it is left out
#ifdef _FORTIFY_SOURCE
  BOOST_TEST(_FORTIFY_SOURCE == 3);
#else
  BOOST_ERROR("_FORTIFY_SOURCE is not defined");
#endif
  for (const char* name : kBinaries) {
    BOOST_TEST(imports_checked_copies(readelf("--dyn-syms", program(name))), name);
  }
}

BOOST_AUTO_TEST_CASE(the_check_sees_what_a_careless_build_lacks) {
  const ScratchFolder folder;
  const std::string source = folder.path() + "/careless.cc";
  const std::string built = folder.path() + "/careless";
  write_text(source,
             "#include <cstring>\n#include <vector>\n"
             "int main(int argc, char** argv) {\n"
             "  char copy[8];\n  std::strcpy(copy, argv[0]);\n"
             "  std::vector<int> one(1);\n  return one[argc] + copy[0];\n}\n");
  const auto build = [&](const std::vector<std::string>& options) {
    std::vector<std::string> command{"c++",        source, "-o",  built,
                                     "-std=c++20", "-g",   "-O2", "-U_FORTIFY_SOURCE"};
    command.insert(command.end(), options.begin(), options.end());
    const Outcome outcome = run(command);
    BOOST_REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.err);
    return missing_from(built);
  };
  const std::string careless =
      build({"-no-pie", "-fno-pie", "-fno-stack-protector", "-fno-stack-clash-protection",
             "-fcf-protection=none", "-Wl,-z,norelro", "-Wl,-z,lazy", "-Wl,-z,execstack"});
  for (const char* what :
       {"pie", "relro", "bind now", "writable or executable, not both", "stack protector",
        "assertions of the standard library", "strong stack protector", "stack clash protection"}) {
    BOOST_TEST(has("\n" + careless, fmt::format("\n{}\n", what)), what << " in: " << careless);
  }
  BOOST_TEST(!imports_checked_copies(readelf("--dyn-syms", built)));
  const std::string careful =
      build({"-pie", "-fPIE", "-fstack-protector-strong", "-fstack-clash-protection",
             "-fcf-protection=full", "-Wl,-z,relro", "-Wl,-z,now", "-D_GLIBCXX_ASSERTIONS",
             "-D_FORTIFY_SOURCE=3"});
  BOOST_TEST(careful == "");
  BOOST_TEST(imports_checked_copies(readelf("--dyn-syms", built)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
