// What a session makes of the server's refusals.
#include <cppconn/exception.h>
#include <fmt/format.h>

#include "store/session/error_code.h"
#include "store/session/errors.h"
#include "store/session/session.h"

namespace concert {

void Session::fail(const sql::SQLException& error) {
  const int code = error.getErrorCode();
  const std::string text = fmt::format("{} (error {})", error.what(), code);
  if (code == kDuplicateKey) throw Duplicate(text);
  if (code == kNoParentRow) throw ParentGone(text);
  if (wants_retry(code) && metrics_ != nullptr) {
    metrics_->add(is_deadlock(code) ? Metrics::database_deadlocks
                                    : Metrics::database_lock_timeouts);
  }
  if (wants_retry(code)) throw RetryTransaction(text);
  if (metrics_ != nullptr) metrics_->add(Metrics::database_errors);
  if (means_missing_right(code)) {
    has_lacked_right_ = true;
    throw RightMissing(
        text,
        "; each program has a database account of its own: check `database_url`, and that "
        "grants.sql was run after the last `concertctl migrate`");
  }
  if (means_changed_already(code)) throw ChangedAlready(text);
  if (means_unfit_schema(code)) throw SchemaUnfit(text);
  if (!means_unavailable(code)) throw DatabaseError(text);
  const std::string where = place();
  leave_host_after(code);
  fail_unavailable(error, where);
}

void Session::fail_unavailable(const sql::SQLException& error, const std::string& where) {
  const int code = error.getErrorCode();
  throw DatabaseUnavailable(fmt::format("{} the database at {}: {} (error {})",
                                        is_of_client(code) ? "no answer from" : "refused by", where,
                                        error.what(), code));
}

}  // namespace concert
