#pragma once

namespace concert {

// What the server's and the client library's error numbers mean to the program.

inline constexpr int kDuplicateKey = 1062;
inline constexpr int kNoParentRow = 1452;
inline constexpr int kUnknownVariable = 1193;

// The transaction lost against another and may be begun anew.
bool wants_retry(int code);

// Of those: others were chosen to go on in a deadlock, and this one was not.
bool is_deadlock(int code);

// The database cannot serve for now, whoever asks.
bool means_unavailable(int code);

// The client library's own: the server said nothing.
bool is_of_client(int code);

// The schema is already as the statement would have it.
bool means_changed_already(int code);

// The schema lacks what the statement names.
bool means_unfit_schema(int code);

// The account has not been given the right to do this.
bool means_missing_right(int code);

// Of those that mean unavailable: the server may not be written to.
bool means_read_only(int code);

// Of those: it has as many connections as it takes.
bool means_full(int code);

// Of those: the server is up, and its cluster goes on without it.
inline constexpr int kNotInCluster = 1047;

// Of those that mean unavailable: the connection is of no use any more.
bool connection_is_dead(int code);

}  // namespace concert
