#include "store/session/named_lock.h"

#include "domain/check.h"
#include "store/session/errors.h"

namespace concert {

void take_lock(Session& session, const std::string& name) {
  const auto taken = session.execute(R"sql(
      UPDATE named_lock SET taken = taken + 1 WHERE name = ?)sql",
                                     {name});
  check(taken == 1, "a lock that is taken has a row");
}

NamedLock::NamedLock(Session& session, std::string name, int patience_s, const std::string& meaning)
    : session_(session), name_(std::move(name)) {
  auto rows =
      session_.query("SELECT GET_LOCK(CONCAT(DATABASE(), '.', ?), ?), @@SESSION.wait_timeout",
                     {name_, patience_s});
  if (!rows.next() || rows.is_null(1) || rows.number(1) != 1) throw Busy(meaning);
  silence_before_s_ = rows.number(2);
  if (silence_before_s_ > kSilence_s) limit_silence(kSilence_s);
}

void NamedLock::limit_silence(std::int64_t time_s) {
  session_.execute("SET SESSION wait_timeout = ?", {time_s});
}

NamedLock::~NamedLock() {
  try {
    session_.query("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.', ?))", {name_});
    if (silence_before_s_ > kSilence_s) limit_silence(silence_before_s_);
  } catch (const std::exception&) {
    // A lost connection has released it.
    return;
  }
}

}  // namespace concert
