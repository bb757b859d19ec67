#include "store/session/failure.h"

#include <fmt/format.h>

#include "base/command_line.h"
#include "base/log.h"
#include "store/session/errors.h"

namespace concert {
namespace {

constexpr int kUnavailable = 503;
constexpr int kInternalError = 500;
constexpr std::string_view kReportIt = "Something is wrong with the service. Report the requestId.";
constexpr std::string_view kComeBack = "The service cannot answer for now. Try again.";

constexpr Failure kBusy{
    kUnavailable, "BUSY",       "Too many requests compete at once; nothing was done. Try again.",
    "",           "Try again.", kExitTryAgain,
    true};
constexpr Failure kOutcomeUnknown{
    kUnavailable,
    "DATABASE_UNAVAILABLE",
    "The database went away while the change was made: it was made whole or not at all. Look up "
    "which, or send it again with the same Idempotency-Key.",
    "the connection to the database broke in a COMMIT, so the change was made whole or not at all",
    "Look which (`concertctl admin log` or a list) before you repeat it.",
    kExitTryAgain,
    false};
constexpr Failure kDatabaseAway{kUnavailable,
                                "DATABASE_UNAVAILABLE",
                                kComeBack,
                                "",
                                "Try again when the database answers. Check: concertctl doctor",
                                kExitTryAgain,
                                false};
constexpr Failure kSchemaUnfit{kUnavailable,
                               "DATABASE_UNAVAILABLE",
                               kComeBack,
                               "the schema is not the one that this program needs",
                               "Run: concertctl migrate",
                               kExitRefused,
                               false};
constexpr Failure kRightMissing{kInternalError,
                                "INTERNAL_ERROR",
                                kReportIt,
                                "the database account of this program lacks a right",
                                "Check: concertctl doctor",
                                kExitRefused,
                                false};
constexpr Failure kBug{kInternalError,
                       "INTERNAL_ERROR",
                       kReportIt,
                       "this is a bug or a schema that does not fit",
                       "Check: concertctl doctor; report the line.",
                       kExitRefused,
                       false};

template <class Error>
bool is(const std::exception& error) {
  return dynamic_cast<const Error*>(&error) != nullptr;
}

}  // namespace

const Failure& busy_failure() { return kBusy; }

const Failure& failure_of(const std::exception& error) {
  if (is<Busy>(error)) return kBusy;
  if (is<OutcomeUnknown>(error)) return kOutcomeUnknown;
  if (is<DatabaseUnavailable>(error)) return kDatabaseAway;
  if (is<SchemaUnfit>(error)) return kSchemaUnfit;
  if (is<RightMissing>(error)) return kRightMissing;
  return kBug;
}

std::string message_of(const std::exception& error) {
  const Failure& failure = failure_of(error);
  const std::string_view colon = failure.meaning.empty() ? "" : ": ";
  return fmt::format("{}{}{}. {}", failure.meaning, colon, error.what(), failure.advice);
}

void log_failure(std::string_view happened, const std::exception& error) {
  const std::string line = fmt::format("{}: {}", happened, message_of(error));
  if (failure_of(error).passes) {
    log_warning(line);
  } else {
    log_error(line);
  }
}

}  // namespace concert
