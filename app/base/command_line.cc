#include "base/command_line.h"

#include <fmt/format.h>

#include <boost/program_options.hpp>
#include <sstream>

#include "base/input_output.h"
#include "base/log.h"
#include "base/wording.h"

namespace concert {

const char* program_version() { return CONCERT_VERSION; }

CommandLine read_command_line(int argc, char** argv, const std::string& about) {
  namespace po = boost::program_options;
  CommandLine line;
  po::options_description options("Options");
  options.add_options()("config", po::value(&line.config_file)->value_name("FILE"),
                        "configuration file (default /etc/concert-reservation/concert.conf)")(
      "check-config", po::bool_switch(&line.check_config),
      "read the configuration, report every mistake in it, and exit")("help,h", "show this help")(
      "version", "show the version");
  try {
    po::variables_map given;
    po::store(po::command_line_parser(argc, argv).options(options).positional({}).run(), given);
    po::notify(given);
    line.exit_now = given.count("help") + given.count("version") > 0;
    if (given.count("help") > 0) {
      std::ostringstream help;
      help << about << "\n\n" << options;
      line.exit_code = print_answer(argv[0], help.str());
    } else if (given.count("version") > 0) {
      line.exit_code = print_answer(argv[0], fmt::format("{}\n", program_version()));
    }
  } catch (const po::error& error) {
    print_error(fmt::format("{}: {}. Try --help.", argv[0], excerpt_of(error.what())));
    line.exit_now = true;
    line.exit_code = kExitUsage;
  }
  return line;
}

int print_answer(std::string_view program, std::string_view text) {
  try {
    write_output(text);
    return kExitDone;
  } catch (const OutputError& error) {
    if (!error.reader_is_gone())
      print_error(fmt::format("{}: cannot write to standard output: {}.", program, error.what()));
    return kExitRefused;
  }
}

}  // namespace concert
