#include "store/session/error_code.h"

namespace concert {
namespace {

// A full disk; a full table; no AUTO_INCREMENT value available, as InnoDB may put it.
bool means_no_space(int code) { return code == 1021 || code == 1114 || code == 1467; }

}  // namespace

bool wants_retry(int code) {
  // Deadlock; lock wait timeout (MariaDB's NOWAIT too); MySQL's NOWAIT; record changed since last
  // read; rolled back at its commit by the group replication, for another member was first.
  return code == 1213 || code == 1205 || code == 3572 || code == 1020 || code == 3101;
}

bool is_deadlock(int code) { return code == 1213 || code == 1020 || code == 3101; }

bool means_unavailable(int code) {
  if (means_no_space(code) || means_read_only(code)) return true;
  switch (code) {
    case 1040:  // too many connections
    case 1044:  // access denied to the database
    case 1045:  // access denied
    case kNotInCluster:
    case 1049:  // no such database (yet)
    case 1053:  // shutting down
    case 1129:  // host blocked
    case 1158:
    case 1159:
    case 1160:
    case 1161:  // network errors
    case 1180:  // commit failed
    case 1203:
    case 1226:  // too many connections of this user
    case 1317:  // interrupted
    case 1461:  // as many prepared statements as it keeps
    case 1927:  // connection killed
    case 2002:
    case 2003:
    case 2005:
    case 2006:
    case 2012:
    case 2013:
    case 2026:
    case 2055:
    case 3100:  // the group replication failed at a commit
    case 3797:
    case 3798:  // the group replication cannot tell what was acknowledged
    case 3024:
    case 1969:  // statement took too long
    case 3168:
    case 4031:  // closed by the server
      return true;
    default: return false;
  }
}

bool is_of_client(int code) { return code >= 2000 && code < 3000; }

bool means_changed_already(int code) {
  // The table, column, key or check to be added exists; the key or constraint to be dropped does
  // not.
  return code == 1050 || code == 1060 || code == 1061 || code == 3822 || code == 1091 ||
         code == 3940;
}

bool means_unfit_schema(int code) {
  // No such column; no such table; no such key.
  return code == 1054 || code == 1146 || code == 1176;
}

bool means_no_such_database(int code) { return code == 1044 || code == 1049; }

bool means_missing_right(int code) {
  // Denied on a table; on a column; a right that is not of one table.
  return code == 1142 || code == 1143 || code == 1227;
}

bool means_read_only(int code) {
  // By read_only; the server; its transactions; a table of an InnoDB that is read-only; that
  // InnoDB, and one that is being salvaged, as MySQL puts it.
  return code == 1290 || code == 1836 || code == kReadOnlyTransaction || code == 1036 ||
         code == 1874 || code == 1881;
}

bool means_full(int code) { return code == 1040 || code == 1203 || code == 1226; }

bool connection_is_dead(int code) {
  return means_unavailable(code) && !means_read_only(code) && !means_no_space(code) &&
         code != 1317 && code != 1461 && code != 3024 && code != 1969;
}

}  // namespace concert
