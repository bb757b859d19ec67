#pragma once

namespace concert {

// What the server's and the client library's error numbers mean to the program.

inline constexpr int kDuplicateKey = 1062;
inline constexpr int kNoParentRow = 1452;
inline constexpr int kUnknownVariable = 1193;

// The transaction lost against another and may be retried.
bool wants_retry(int code);

// Of those: this transaction was chosen as the victim of a deadlock.
bool is_deadlock(int code);

// The database cannot serve any client for now.
bool means_unavailable(int code);

// A number of the client library's own: the server said nothing.
bool is_of_client(int code);

// The schema is already as the statement would have it.
bool means_changed_already(int code);

// The schema lacks what the statement names.
bool means_unfit_schema(int code);

// There is no such database, or none that the account may use.
bool means_no_such_database(int code);

// The database account lacks the right to do this.
bool means_missing_right(int code);

// Of those that mean unavailable: the server may not be written to.
bool means_read_only(int code);

// Of those: the session's transactions are read-only, as its server had it when it connected.
inline constexpr int kReadOnlyTransaction = 1792;

// Of those that mean unavailable: the server has reached its limit of connections.
bool means_full(int code);

// Of those that mean unavailable: the server is up but outside its cluster.
inline constexpr int kNotInCluster = 1047;

// Of those that mean unavailable: the connection cannot be used again.
bool connection_is_dead(int code);

}  // namespace concert
