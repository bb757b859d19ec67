#include "settings/settings_table.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "base/parse_number.h"
#include "support/files.h"

namespace concert {
namespace {

using test::occurrences;
using test::source_text;

constexpr char kAdvice[] =
    " differs from the settings table. Run: cmake --build --preset release --target "
    "write_settings_documents";

}  // namespace

BOOST_AUTO_TEST_SUITE(settings_table_test)

BOOST_AUTO_TEST_CASE(the_committed_documents_are_those_of_the_table) {
  BOOST_TEST((source_text("systemd/concert.conf.example") == settings_example()),
             "systemd/concert.conf.example" << kAdvice);
  BOOST_TEST(occurrences(source_text("README.md"), settings_readme_table()) == 1,
             "README.md" << kAdvice);
}

BOOST_AUTO_TEST_CASE(every_document_has_every_key_once) {
  const std::string manual = with_manual_settings("before\n@SETTINGS@\nafter\n");
  BOOST_TEST(manual.starts_with("before\n.SS "));
  BOOST_TEST(manual.ends_with("\nafter\n"));
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings) {
      const std::string key(one.key);
      BOOST_TEST(occurrences(settings_example(), "\n#" + key + " = ") +
                         occurrences(settings_example(), "\n" + key + " = ") ==
                     1,
                 key);
      BOOST_TEST(occurrences(settings_readme_table(), "\n| `" + key + "` | ") == 1, key);
      BOOST_TEST(occurrences(manual, "\n.B " + key + " = ") == 1, key);
      BOOST_TEST(!one.summary.empty(), key);
    }
    BOOST_TEST(!section.settings.front().help.empty(), section.title);
  }
}

BOOST_AUTO_TEST_CASE(every_default_is_one_of_its_setting) {
  std::set<std::string_view> keys;
  for (const SettingsSection& section : settings_table()) {
    for (const Setting& one : section.settings) {
      BOOST_TEST(keys.insert(one.key).second, one.key);
      if (one.number)
        BOOST_TEST(parse_number(one.fallback, one.least, one.most).has_value(), one.key);
      if (!one.words.empty()) BOOST_TEST(one.words.front() == one.fallback, one.key);
      BOOST_TEST(&setting(one.key) == &one);
    }
  }
  BOOST_CHECK_THROW(setting("active_limmit"), std::out_of_range);
}

BOOST_AUTO_TEST_CASE(readmes_table_is_replaced_in_its_place) {
  const std::string readme =
      "# Title\n\n| key | default | meaning |\n|---|---|---|\n| old |\n\nEnd.\n";
  BOOST_TEST(with_readme_table(readme) == "# Title\n\n" + settings_readme_table() + "\nEnd.\n");
  BOOST_CHECK_THROW(with_readme_table("# Title\n"), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert
