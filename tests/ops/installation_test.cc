// The installed files, and that nginx, systemd and logrotate accept them as they are.
#include <fmt/format.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include "base/command_line.h"
#include "support/ops_service.h"

namespace concert::test {
namespace {

namespace fs = std::filesystem;

// The files as installed below a folder of the test's own.
struct Installed {
  Installed() {
    const Outcome outcome =
        run({"cmake", "--install", CONCERT_BINARY_DIR, "--prefix", "/usr"}, {{"DESTDIR", root}});
    BOOST_REQUIRE_MESSAGE(outcome.exit_code == 0, outcome.err);
  }

  std::set<std::string> files() const {
    std::set<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
      if (entry.is_regular_file()) found.insert(entry.path().string().substr(root.size()));
    }
    return found;
  }

  // The units also need systemd's own units and the commands of `systemctl reload`.
  void add_the_system() const {
    fs::copy("/usr/lib/systemd/system", root + "/usr/lib/systemd/system",
             fs::copy_options::recursive | fs::copy_options::copy_symlinks |
                 fs::copy_options::skip_existing);
    for (const char* name : {"env", "kill"})
      fs::copy_file(std::string("/usr/bin/") + name, root + "/usr/bin/" + name);
    for (const char* name : {"bin", "lib", "sbin"}) {
      fs::create_directory_symlink(std::string("usr/") + name, root + "/" + name);
    }
  }

  ScratchFolder folder;
  std::string root = folder.path();
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(installation_test, Installed)

BOOST_AUTO_TEST_CASE(every_file_is_put_in_its_place) {
  const std::string share = "/usr/share/concert-reservation";
  std::set<std::string> wanted{
      "/usr/sbin/concertd",
      "/usr/sbin/concert-cron",
      "/usr/bin/concertctl",
      "/usr/sbin/concert-setup",
      "/usr/lib/systemd/system/concertd.socket",
      "/usr/lib/systemd/system/concertd.service",
      "/usr/lib/systemd/system/concert-cron.service",
      "/usr/lib/systemd/system/concert-cron.timer",
      "/usr/lib/sysusers.d/concert-reservation.conf",
      "/usr/lib/tmpfiles.d/concert-reservation.conf",
      "/usr/share/man/man1/concertctl.1",
      "/usr/share/man/man5/concert.conf.5",
      "/usr/share/man/man8/concertd.8",
      "/usr/share/man/man8/concert-cron.8",
      "/usr/share/man/man8/concert-setup.8",
      "/usr/share/bash-completion/completions/concertctl",
      share + "/concert.conf.example",
      share + "/openapi.yaml",
      share + "/tour.example.json",
      share + "/accounts.sql",
      share + "/grants.sql",
      share + "/nginx/concert-reservation.conf",
      share + "/nginx/concert-reservation-tls.conf",
      share + "/nginx/main-settings.conf",
      share + "/nginx/firewall.nft",
  };
  const auto add_all = [&](const std::string& from, const std::string& to) {
    for (const auto& entry : fs::directory_iterator(CONCERT_SOURCE_DIR + from)) {
      wanted.insert(share + to + "/" + entry.path().filename().string());
    }
  };
  add_all("/nginx/snippets", "/nginx/snippets");
  add_all("/docs/monitoring", "/monitoring");
  add_all("/sql/migrations", "/migrations");
  BOOST_TEST(files() == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(the_installed_programs_run) {
  for (const char* name : {"/usr/sbin/concertd", "/usr/sbin/concert-cron", "/usr/bin/concertctl"}) {
    BOOST_TEST(run({root + name, "--version"}).out == std::string(program_version()) + "\n");
  }
}

BOOST_AUTO_TEST_CASE(systemd_accepts_the_units_without_a_warning) {
  add_the_system();
  // It exits with 0 on unknown keys, so the test requires that it prints nothing.
  const Outcome outcome =
      run({"systemd-analyze", "verify", "--man=no", "--root=" + root, "concertd.socket",
           "concertd.service", "concert-cron.service", "concert-cron.timer"});
  BOOST_TEST(outcome.exit_code == 0);
  BOOST_TEST(outcome.err == "");
  BOOST_TEST(outcome.out == "");
}

BOOST_AUTO_TEST_CASE(the_services_are_well_confined) {
  const std::string units = root + "/usr/lib/systemd/system/";
  const Outcome outcome =
      run({"systemd-analyze", "security", "--offline=true", "--threshold=12", "--no-pager",
           units + "concertd.service", units + "concert-cron.service"});
  BOOST_TEST(outcome.exit_code == 0, outcome.out << outcome.err);
}

BOOST_AUTO_TEST_CASE(the_services_leave_no_core_dump) {
  for (const char* unit : {"concertd.service", "concert-cron.service"}) {
    const std::string text = text_of(root + "/usr/lib/systemd/system/" + unit);
    BOOST_TEST(text.find("\nLimitCORE=0\n") != std::string::npos, unit);
  }
}

BOOST_AUTO_TEST_CASE(systemd_makes_the_user_and_the_folders) {
  if (::geteuid() != 0) return;  // only root may give a file to another user
  fs::create_directories(root + "/etc");
  // These exist on every Debian host.
  write_text(root + "/etc/passwd", "www-data:x:33:33::/var/www:/usr/sbin/nologin\n");
  write_text(root + "/etc/group", "adm:x:4:\nwww-data:x:33:\n");
  const std::string log = root + "/var/log/nginx/concert-reservation.log";
  fs::create_directories(fs::path(log).parent_path());
  write_text(log, "as nginx of an older version made it");
  fs::permissions(log, static_cast<fs::perms>(0644));
  const Outcome dry = run({"systemd-sysusers", "--dry-run", "--root=" + root});
  BOOST_TEST(dry.exit_code == 0, dry.err);
  BOOST_TEST(run({"systemd-sysusers", "--root=" + root}).exit_code == 0);
  BOOST_TEST(text_of(root + "/etc/passwd").find("concert-reservation:x:") != std::string::npos);
  const Outcome folders =
      run({"systemd-tmpfiles", "--create", "--root=" + root, "concert-reservation.conf"});
  BOOST_TEST(folders.exit_code == 0);
  BOOST_TEST(folders.err == "");
  const auto mode = [&](const std::string& path) { return fs::status(root + path).permissions(); };
  BOOST_TEST((mode("/etc/concert-reservation") == static_cast<fs::perms>(0750)));
  BOOST_TEST((mode("/run/concert-reservation") == static_cast<fs::perms>(0755)));
  BOOST_TEST((mode("/var/log/nginx/concert-reservation.log") == static_cast<fs::perms>(0640)));
  BOOST_TEST(
      (mode("/var/log/nginx/concert-reservation.error.log") == static_cast<fs::perms>(0640)));
  BOOST_TEST((mode("/var/log/nginx/concert-reservation.answers") == static_cast<fs::perms>(0644)));
  BOOST_TEST(text_of(log) == "as nginx of an older version made it");
}

BOOST_AUTO_TEST_CASE(nginx_takes_the_sites_as_they_are_installed) {
  const std::string share = root + "/usr/share/concert-reservation/nginx";
  const std::string etc = root + "/etc/nginx";
  fs::create_directories(etc + "/snippets");
  fs::create_directories(etc + "/sites-enabled");
  fs::copy(share + "/snippets", etc + "/snippets/concert-reservation");
  const Outcome made =
      run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
           "-nodes", "-subj", "/CN=a", "-keyout", root + "/site.key", "-out", root + "/site.pem"});
  BOOST_REQUIRE_MESSAGE(made.exit_code == 0, made.err);
  // With the rate limit too. Only logs and kept answers would be written outside of this folder.
  const std::string limit = "include snippets/concert-reservation/rate";
  for (const char* name : {"concert-reservation.conf", "concert-reservation-tls.conf"}) {
    std::string site = text_of(share + "/" + name);
    site = replaced(site, "/var/log/nginx", root);
    site = replaced(site, "/var/lib/nginx", root);
    site = replaced(site, "/etc/ssl/certs/concert-reservation.pem", root + "/site.pem");
    site = replaced(site, "/etc/ssl/private/concert-reservation.key", root + "/site.key");
    if (::geteuid() != 0) {
      site = replaced(site, "listen 80 ", "listen 127.0.0.1:8080 ");
      site = replaced(site, "listen 443 ", "listen 127.0.0.1:8443 ");
    }
    for (const std::string& text : {site, replaced(site, "# " + limit, limit)}) {
      write_text(etc + "/sites-enabled/concert-reservation.conf", text);
      std::string main = text_of(share + "/main-settings.conf");
      main += fmt::format(
          "pid {0}/nginx.pid;\nerror_log {0}/error.log;\nhttp {{\n"
          "include {0}/etc/nginx/sites-enabled/*;\n}}\n",
          root);
      write_text(etc + "/nginx.conf", main);
      const Outcome outcome =
          run({"nginx", "-t", "-e", root + "/error.log", "-c", etc + "/nginx.conf"});
      BOOST_TEST(outcome.exit_code == 0, name << ": " << outcome.err);
      BOOST_TEST(outcome.err.find("[warn]") == std::string::npos, name << ": " << outcome.err);
    }
  }
}

BOOST_AUTO_TEST_CASE(logrotate_rotates_the_sites_log_by_the_packages_rules_and_others_by_debians) {
  const std::string rules = root + "/logrotate.d";
  fs::create_directories(root + "/log");
  fs::create_directories(rules);
  const std::string end = "\tdaily\n\tpostrotate\n\t\ttouch " + root;
  write_text(rules + "/nginx",
             root + "/log/*.log {\n\trotate 14\n" + end + "/debians\n\tendscript\n}\n");
  std::string own = source_text("debian/concert-reservation.logrotate");
  put_in_place(own, "/var/log/nginx/", root + "/log/");
  put_in_place(own, " www-data adm", "");
  put_in_place(own, "invoke-rc.d nginx rotate >/dev/null 2>&1 || true", "touch " + root + "/own");
  put_in_place(own, "maxsize 1G", "maxsize 1k");
  write_text(rules + "/concert-reservation", own);
  write_text(root + "/rotate.conf", "include " + rules + "\n");
  const std::vector<std::string> names{"/log/concert-reservation.log",
                                       "/log/concert-reservation.error.log",
                                       "/log/concert-reservation.answers"};
  write_text(root + "/log/access.log", std::string(2000, 'a'));
  for (const std::string& name : names) write_text(root + name, std::string(2000, 'a'));
  // It treats a log that it sees for the first time as one of today: only the size can be exceeded.
  const Outcome outcome = run({"logrotate", "--state", root + "/state", root + "/rotate.conf"});
  BOOST_TEST(outcome.exit_code == 0, outcome.err);
  BOOST_TEST(outcome.err == "");
  for (const std::string& name : names) {
    BOOST_TEST(fs::exists(root + name + ".1"), name);
    BOOST_TEST(fs::file_size(root + name) == 0U, name);
  }
  BOOST_TEST(fs::exists(root + "/own"));
  BOOST_TEST(!fs::exists(root + "/debians"));
  // Days after.
  write_text(root + "/state",
             "logrotate state -- version 2\n\"" + root + "/log/access.log\" 2020-1-1-0:0:0\n");
  BOOST_TEST(run({"logrotate", "--state", root + "/state", root + "/rotate.conf"}).err == "");
  BOOST_TEST(fs::exists(root + "/log/access.log.1"));
  BOOST_TEST(fs::exists(root + "/debians"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace concert::test
