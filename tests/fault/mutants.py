#!/usr/bin/env python3
"""Takes one rule away at a time and shows which test notices first.

A rule that can be taken away unnoticed is a rule without a test: exit 1. Works on a copy of the
sources below build/mutants.

  tests/fault/mutants.py            all of them, some hours
  tests/fault/mutants.py NAME ...   those whose name contains NAME
  tests/fault/mutants.py --check    none; only checks that the text of each rule is in its file
"""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREE, BUILD = ROOT / "build/mutants/tree", ROOT / "build/mutants/build"
# In this order, until one fails.
SUITES = {"unit_test": [], "store_test": [], "fault_test": ["--run_test=!history_test"]}
SUBJECT_TESTS = "tests/store"
PROGRAMS = ["concertd", "concert-cron", "concertctl"]

SCHEMA = "sql/migrations/0001_initial.sql"
# The rule, the file that holds it, how it reads there, how it reads without the rule.
MUTANTS = [
    ("a seat is held only if it is free", "app/store/sale/seat_store.cc",
     "reservation_id = ?, held_until = ?\n      WHERE concert_date_id = ? AND seat_number IN ({})\n"
     "        AND (state = 'AVAILABLE' OR (state = 'HELD' AND held_until <= NOW(3)))\n",
     "reservation_id = ?, held_until = ?\n      WHERE concert_date_id = ? AND seat_number IN ({})\n"),
    ("a hold claims its seats in their section", "app/service/sale/reservations.cc",
     "        halls_.add_claims(request.date, outlook.seats);\n", ""),
    ("a release gives its claims up", "app/service/sale/reservations.cc",
     "  halls_.end_claims({id}, ReservationState::released);\n", ""),
    ("an administrator's release gives its claims up", "app/service/sale/reservations.cc",
     "    HallStore(db).end_claims({id}, ReservationState::released);\n", ""),
    ("a lapse that is noted gives its claims up", "app/service/sale/reservations.cc",
     "    HallStore(db).end_claims(lapsed, ReservationState::expired);\n", ""),
    ("a cancellation gives the claims of holds up", "app/service/sale/reservations.cc",
     "    HallStore(db).end_claims(held, ReservationState::released);\n", ""),
    ("a cancellation gives up the claims of the holds that it ends", "app/store/sale/bulk_reservation_store.cc",
     "IN ({}) AND state = 'HELD'\n      ORDER BY reservation_id FOR UPDATE)sql",
     "IN ({})\n      ORDER BY reservation_id FOR UPDATE)sql"),
    ("a refund gives its claims up", "app/service/points/refunds.cc",
     "  HallStore(db).end_claims({id}, ReservationState::refunded);\n", ""),
    ("a refund of some seats gives their claims up", "app/service/points/refunds.cc",
     "  HallStore(db).end_claims(paid.reservation.date, seats);\n", ""),
    ("a cancellation gives the claims of payments up", "app/service/points/refunds.cc",
     "  HallStore(db).end_claims(refunded, ReservationState::refunded);\n", ""),
    ("a seat that was refunded gives its claim up once", "app/store/sale/hall_store.cc",
     " AND n.refunded_at IS NULL\n", "\n"),
    ("a blocked seat claims", "app/service/admin/block_seats.cc",
     "    HallStore(db).add_claims(date, seats);\n", ""),
    ("a seat that is unblocked gives its claim up", "app/service/admin/block_seats.cc",
     "    HallStore(db).end_claims(date, seats);\n", ""),
    ("an erasure gives the claims of holds up", "app/service/admin/erase_user.cc",
     "  HallStore(db_).end_claims(released, ReservationState::released);\n", ""),
    ("a lapsed hold leaves its seats available before that is noted", "app/store/sale/hall_store.cc",
     "WHERE r.state = 'HELD' AND r.held_until <= NOW(3) AND r.concert_date_id = ?",
     "WHERE r.state = 'HELD' AND r.held_until < '1970-01-02' AND r.concert_date_id = ?"),
    ("one transaction at a time chooses in a section", "app/store/sale/hall_store.cc",
     "AND row_no = ? FOR UPDATE)sql", "AND row_no = ?)sql"),
    ("before the draw nobody is active at once", "app/store/queue/queue_store.cc",
     " AND (opening_id IS NULL OR drawn_at IS NOT NULL)", ""),
    ("before the draw nobody is admitted", "app/service/queue/admit_waiting.cc",
     "  if (!is_open(glance.opening)) return result;\n", ""),
    ("before the draw no wait lapses", "app/service/queue/expire_tokens.cc",
     "    if (!is_open(row.opening)) return std::vector<EndedWait>();\n", ""),
    ("entries are fixed when registering ends", "app/store/queue/queue_store.cc",
     "CASE WHEN entries IS NULL AND register_until <= SYSDATE(3) THEN last_seq ELSE entries END", "entries"),
    ("before registering nobody joins", "app/service/queue/issue_token.cc", "    require_not_closed(outlook);\n", ""),
    ("drawn places are admitted in the order of the draw", "app/store/queue/wait_store.cc",
     "return a.token.place < b.token.place;", "return a.token.id.value < b.token.id.value;"),
    ("an entry that left has its vacancy at its drawn place", "app/service/queue/open_queue.cc",
     "    vacancies_.replace(queue, waits_.vacancies({queue, order, {}, {}}, row.admitted_place));\n", ""),
    ("what is cached by place does not outlive a draw", "app/service/queue/publish_queue.cc",
     "is_open(a) == is_open(b) && ", ""),
    ("a public value comes after the entries are fixed", "app/service/admin/set_opening.cc",
     "    if (!is_fixed(*row.opening, row.now)) {", "    if (row.paused && !is_fixed(*row.opening, row.now)) {"),
    ("a public value is given once", "app/store/queue/opening_store.cc",
     "WHERE queue_id = ? AND public_value IS NULL", "WHERE queue_id = ?"),
    ("the life of a token counts from the opening", "app/store/queue/token_store.cc",
     "  if (token.is_of_opening) token.counted_from = std::max(token.issued_at, rows.instant(12));\n", ""),
    ("a join keeps to its queue's share", "app/store/queue/queue_store.cc",
     "active_count < LEAST(limit_in_force, COALESCE(active_share, limit_in_force))", "active_count < limit_in_force"),
    ("a pass keeps to its queue's share", "app/domain/queue_limits.h",
     "std::min(limits.active_limit, share.value_or(limits.active_limit))", "std::max(limits.active_limit, share.value_or(0))"),
    ("a total is shared under the locks of all queues", "app/service/queue/share_total.cc",
     "changed_shares(queues_.lock_all())", "changed_shares(queues_.read_all())"),
    ("a queue in which users wait has a guaranteed share", "app/domain/queue_shares.cc",
     "  division.raise(guaranteed);\n", ""),
    ("a new queue has no share before a pass", "app/store/queue/queue_store.cc",
     "CASE WHEN MAX(active_share) IS NOT NULL THEN 0 END", "CASE WHEN MAX(active_share) < 0 THEN 0 END"),
    ("a layout stays as it was announced", "app/service/admin/import_dates.cc",
     "  if (!other.empty()) refuse_layout(wanted, record, other);\n", ""),
    ("a hall takes no more seats", "app/service/admin/change_catalogue.cc",
     "    if (record.has_layout) {\n      throw ChangeRefused(\n", "    if (record.cancelled_at) {\n      throw ChangeRefused(\n"),
    ("an idle transaction is ended by the database", "app/store/session/session_connect.cc",
     "statement->setInt(1, time_s);", "statement->setInt(1, 600);"),
    ("a database host that refuses sessions is skipped", "app/store/session/session_connect.cc",
     "if (url_.hosts.size() > 1 && !state.not_ready.empty())", "if (url_.hosts.empty() && !state.not_ready.empty())"),
    ("all sessions use one database host", "app/store/session/session_rest.cc",
     "    go_with_others();\n", ""),
    ("a conflicting transaction is retried after a pause", "app/store/session/transaction.h",
     "half_us = kFirst_us / 2 <<", "half_us = kFirst_us / 200 <<"),
    ("one process of a host computes a draw", "app/draw/host_draws.cc", "LOCK_EX | LOCK_NB", "LOCK_SH | LOCK_NB"),
    ("a process that waited for a draw takes the one that was made", "app/draw/host_draws.cc",
     "input.entries / kEntriesPerMs);\n    if (const auto shared = file.open()) return *shared;\n",
     "input.entries / kEntriesPerMs);\n"),
    ("a draw in use is replaced, not changed", "app/draw/draw_file.cc",
     "const std::string unfinished = path_ + \".new\";", "const std::string unfinished = path_;"),
    ("a draw's file of another user does not count", "app/draw/draw_file.cc", "of.st_uid == ::geteuid() &&", ""),
    ("a draw's file that others can read does not count", "app/draw/draw_file.cc",
     "(of.st_mode & ALLPERMS) == kOnlyThisUser &&", ""),
    ("damage of a draw in memory is an error", "app/draw/draw.cc", "if (other == 0) throw DrawDamaged();\n", ""),
    ("a seat is blocked only if it is free", "app/store/sale/seat_store.cc",
     "blocked_at = NOW(3)\n      WHERE concert_date_id = ? AND seat_number IN ({})\n"
     "        AND (state = 'AVAILABLE' OR (state = 'HELD' AND held_until <= NOW(3)))\n",
     "blocked_at = NOW(3)\n      WHERE concert_date_id = ? AND seat_number IN ({})\n"),
    ("all requested seats are held, or none", "app/service/sale/reservations.cc",
     "newest.held_until) != seats.size())\n",
     "newest.held_until) != seats.size() && seats.empty())\n"),
    ("a section is searched again once its claims change", "app/service/sale/exhausted_sections.cc",
     "known.change_count == sale.change_count &&", "sale.change_count >= 0 &&"),
    ("a section is searched again once a hold lapses in it", "app/service/sale/exhausted_sections.cc",
     "known.available_seats == sale.available_seats &&", "sale.change_count >= 0 &&"),
    ("a change of claims is counted", "app/store/sale/hall_store.cc",
     "change_count = change_count + 1", "change_count = change_count + 0"),
    ("a hold costs what its seats cost", "app/service/sale/reservations.cc",
     "if (price_of(outlook.seats) != outlook.plan.found_price) throw LostRace();", ""),
    ("a hold that failed on a seat locks it before it tries again", "app/service/sale/reservations.cc",
     "if (outlook.is_last) require_available(", "if (outlook.is_last && seats.empty()) require_available("),
    ("choices among the seats of a date are made one after the other", "app/store/sale/seat_store.cc",
     "FROM choice_lock WHERE concert_date_id = ? FOR UPDATE", "FROM choice_lock WHERE concert_date_id = ?"),
    ("a choice that was lost again and again locks the seats", "app/service/sale/best_seats.cc",
     "read_section(date, section, terms, {SeatStore::Reading::locking})",
     "read_section(date, section, terms, {SeatStore::Reading::plain})"),
    ("choices in a section are made one after the other", "app/store/sale/hall_store.cc",
     "FROM hall_row WHERE concert_date_id = ? AND row_no = ? FOR UPDATE",
     "FROM hall_row WHERE concert_date_id = ? AND row_no = ?"),
    ("no single seat is left alone if another choice does not", "app/domain/best_available.cc",
     "left == 1 || right == 1 ? kLeavesOne : kTidy", "left > 1000 ? kLeavesOne : kTidy"),
    ("the seat limit counts reservations inserted in parallel", "app/service/sale/reservations.cc",
     "if (newest.own_seats > settings_.seat_limit) refuse_limit", "if (newest.own_seats < 0) refuse_limit"),
    ("the limit of holds counts reservations inserted in parallel", "app/service/sale/reservations.cc",
     "if (is_of_one_visit(newest.earlier, newest.made_at)) refuse_visit", "if (newest.own_seats < 0) refuse_visit"),
    ("a hold counts as one of a visit for half an hour", "app/domain/reservation.h",
     "return earlier && now - *earlier < kVisit_minutes * 60'000;", "return earlier && *earlier <= now;"),
    ("an extension keeps all of its seats", "app/service/sale/reservations.cc",
     "if (seats_.extend(reservation.date, reservation.seats, reservation.id, until) !=\n      reservation.seats.size())",
     "if (seats_.extend(reservation.date, reservation.seats, reservation.id, until) >\n      reservation.seats.size())"),
    ("a hold lasts no longer than the longest", "app/service/sale/reservations.cc",
     "std::min({locked.now + settings_.hold_seconds * 1000, latest,\n                                  last_hold_end(locked.token, locked.now)})",
     "std::min(locked.now + settings_.hold_seconds * 1000, last_hold_end(locked.token, locked.now))"),
    ("an extension does not outlast the token that pays", "app/service/sale/reservations.cc",
     "std::min({locked.now + settings_.hold_seconds * 1000, latest,\n                                  last_hold_end(locked.token, locked.now)})",
     "std::min(locked.now + settings_.hold_seconds * 1000, latest)"),
    ("a hold does not outlast the token that pays", "app/store/sale/reservation_store.cc",
     "LEAST(NOW(3) + INTERVAL ? MICROSECOND, CAST(? AS DATETIME(3)))",
     "GREATEST(NOW(3) + INTERVAL ? MICROSECOND, LEAST(NOW(3), CAST(? AS DATETIME(3))))"),
    ("an extension never shortens a hold", "app/service/sale/reservations.cc",
     "if (until <= reservation.held_until) return;", "if (until == reservation.held_until) return;"),
    ("an extension needs an active token", "app/service/sale/reservations.cc",
     "  require_active_state(state_at(locked.token, locked.now));\n  const auto found", "  const auto found"),
    ("a hold of a cancelled date is not extended", "app/store/sale/reservation_store.cc",
     "AND held_until < ?\n        AND NOT EXISTS (SELECT 1 FROM concert_date d\n",
     "AND held_until < ?\n        AND NOT EXISTS (SELECT 1 FROM concert_date d JOIN concert_date n ON n.seat_count < 0\n"),
    ("an extension whose commit was not acknowledged is looked up", "app/service/sale/reservations.cc",
     "if (before != reservation.held_until) prolong", "if (before != Instant{}) prolong"),
    ("one live token per user", SCHEMA,
     "UNIQUE KEY token_one_live_per_user", "KEY token_one_live_per_user"),
    ("one place in the queue per token", SCHEMA, "UNIQUE KEY token_place", "KEY token_place"),
    ("a seat number is unique within a date", SCHEMA,
     "  PRIMARY KEY (concert_date_id, seat_number),", "  KEY seat_of_date (concert_date_id, seat_number),"),
    ("a concert has one date per time", "sql/migrations/0002_one_date_per_start.sql",
     "ADD UNIQUE KEY concert_date_start", "ADD KEY concert_date_start"),
    ("a reservation is paid once", SCHEMA,
     "payment_id BIGINT NOT NULL PRIMARY KEY", "payment_id BIGINT NOT NULL, KEY payment_reservation_id (payment_id)"),
    ("a payment leaves no live hold behind", "app/service/points/payments.cc",
     "is_held) && payable.live_holds == asked)", "is_held) && payable.live_holds >= asked)"),
    ("a lapsed hold is not paid for with others", "app/service/points/payments.cc",
     "if (!is_held(reservation) && !was_paid(reservation)) refuse_lapsed();",
     "if (reservation.total < 0) refuse_lapsed();"),
    ("a payment that was made is not paid for again with others", "app/service/points/payments.cc",
     "if (std::all_of(reservations.begin(), reservations.end(), is_held) &&", "if (payable.live_holds > 0 &&"),
    ("all payments of a request are answered again, or none", "app/service/points/payments.cc",
     "if (made.size() == ids.size()) return made;", "if (!made.empty()) return made;"),
    ("each of several payments draws from what the one before left", "app/service/points/payments.cc",
     "  payer.account = {entry.balance_after, entry.number.value};\n", ""),
    ("one ledger entry per payment", SCHEMA, "UNIQUE KEY payment_entry", "KEY payment_entry"),
    ("one answer per idempotency key", SCHEMA,
     "PRIMARY KEY (user_id, route, key_text)", "KEY idempotency_key_text (user_id, route, key_text)"),
    ("the database refuses a negative balance", SCHEMA,
     "CONSTRAINT user_balance_not_negative CHECK (balance >= 0)",
     "CONSTRAINT user_balance_not_negative CHECK (balance = balance)"),
    ("a payment needs the balance", "app/service/points/payments.cc",
     "if (locked.account.balance < total) {", "if (total < 0) {"),
    ("a payment draws from the balance that it read", "app/store/points/account_store.cc",
     "WHERE user_id = ? AND balance = ? AND entry_count = ? AND balance >= ?",
     "WHERE user_id = ? AND ? >= 0 AND ? >= 0 AND balance >= ?"),
    ("a payment locks token and user", "app/store/queue/token_store.cc",
     "WHERE t.token_id = ? FOR UPDATE", "WHERE t.token_id = ?"),
    ("a payment ends only a live hold", "app/store/sale/reservation_store.cc",
     "WHERE reservation_id = ? AND state = 'HELD' AND held_until > NOW(3)\n        AND (? <> 'PAID'",
     "WHERE reservation_id = ?\n        AND (? <> 'PAID'"),
    ("a hold of a cancelled date is not paid", "app/store/sale/reservation_store.cc",
     "AND (? <> 'PAID' OR NOT EXISTS", "AND (? <> '' OR NOT EXISTS"),
    ("a seat is refunded once", "app/service/points/refunds.cc",
     "    } else if (reservation.state_of(seat) == ReservationState::refunded) {\n", "    } else if (seat < 0) {\n"),
    ("what was refunded before is not refunded again", "app/domain/reservation.h",
     "return total - refunded_amount;", "return total;"),
    ("a refunded seat is not counted as its user's", "app/store/sale/reservation_store.cc",
     "SET seat_count = seat_count - ?", "SET seat_count = seat_count - 0 * ?"),
    ("the ticket of a seat that was refunded alone is void", "app/store/sale/ticket_store.cc",
     "CASE WHEN s.refunded_at IS NULL THEN r.state ELSE 'REFUNDED' END", "r.state"),
    ("a cancelled date refunds only what is paid", "app/store/sale/reservation_store.cc",
     "WHERE reservation_id IN ({}) AND state = 'PAID'\n        ORDER BY reservation_id FOR UPDATE",
     "WHERE reservation_id IN ({})\n        ORDER BY reservation_id"),
    ("a cancellation locks those who paid", "app/store/points/account_store.cc",
     "WHERE user_id IN ({})\n      ORDER BY user_id FOR UPDATE", "WHERE user_id IN ({})\n      ORDER BY user_id"),
    ("a cancellation ends once nothing is held or paid", "app/service/admin/cancel_date.cc",
     "if (reservations.has_live(date)) return false;", ""),
    ("a cancellation waits for holds that are being made", "app/service/admin/cancel_date.cc",
     "    store.lock(date);\n", ""),
    ("a cancelled date stays stopped", "app/service/admin/cancel_date.cc",
     "    record->is_stopped = true;\n", ""),
    ("a cancelled date does not count as near", "app/service/admin/catalogue_rules.cc",
     "if (other.cancelled_at) continue;", ""),
    ("a cancelled date is not listed", "app/store/sale/concert_store.cc",
     "        AND d.cancelled_at IS NULL\n", ""),
    ("two dates that take place begin at different moments", "sql/migrations/0012_cancelled_dates.sql",
     "ADD UNIQUE KEY concert_date_takes_place", "ADD KEY concert_date_takes_place"),
    ("a payment sells all of its seats", "app/service/points/payments.cc",
     "if (seats_.sell(date, seats, reservation_ids(reservations)) != seats.size()) refuse_lapsed();",
     "seats_.sell(date, seats, reservation_ids(reservations));"),
    ("a payment uses the token up", "app/service/points/payments.cc",
     "check(tokens_.end_active(locked.token.id, TokenState::used, static_cast<std::int64_t>(seats)),",
     "check(locked.token.id.value > 0 || seats > 0,"),
    ("an answer is stored under its key", "app/service/access/idempotent_write.h",
     "  if (key) {\n    answer", "  if (key && key->text.empty()) {\n    answer"),
    ("a key is for one body", "app/service/access/idempotent_write.h",
     "if (stored && stored->fingerprint != key->fingerprint)", "if (stored && stored->fingerprint.empty())"),
    ("the limit holds for joins", "app/store/queue/queue_store.cc",
     "AND active_count < LEAST(limit_in_force, COALESCE(active_share, limit_in_force))", ""),
    ("the limit holds for admission", "app/service/queue/admit_waiting.cc",
     "std::min({allowance(row, so_far), room, row.waiting()})",
     "std::min({allowance(row, so_far), row.waiting()})"),
    ("a pass admits no more than it may", "app/service/queue/admit_waiting.cc",
     "return rate.per_interval - so_far.admitted", "return rate.per_interval + so_far.admitted"),
    ("credit to admit is spent", "app/domain/queue_limits.cc",
     "credit.user_ms - users * interval_ms(rate)", "credit.user_ms - 0 * users * interval_ms(rate)"),
    ("credit to admit is capped", "app/domain/queue_limits.cc",
     "std::clamp<std::int64_t>(now - *credit.at, 0, whole_ms)", "std::max<std::int64_t>(now - *credit.at, 0)"),
    ("a clock that was set back is noticed", "app/service/queue/admit_waiting.cc",
     "&& !is_credit_of_future(glance) &&", "&&"),
    ("a pass prunes until nothing is left", "app/service/upkeep/maintain.cc",
     "while (!left.empty() && Clock::now() < end)", "while (left.empty() && Clock::now() < end)"),
    ("one change of the catalogue at a time", "app/service/admin/catalogue_rules.h",
     'take_lock(db, "import");', ""),
    ("a concert that looks like another is refused", "app/service/admin/catalogue_rules.cc",
     "if (other.id == concert.id) continue;", "if (other.id == concert.id || other.id.value > 0) continue;"),
    ("a date near another is refused", "app/service/admin/catalogue_rules.cc",
     "apart_ms >= kDatesApart_ms) continue;", "apart_ms > 0) continue;"),
    ("a removal locks the date that a hold refers to", "app/store/sale/catalogue_store.cc",
     "WHERE concert_date_id = ?\n        FOR UPDATE)sql", "WHERE concert_date_id = ?)sql"),
    ("pruning leaves a mark on the date", "app/store/sale/bulk_reservation_store.cc",
     "mark_pruned({dates.begin(), dates.end()});", ""),
    ("a changed catalogue has another state", "app/store/sale/concert_store.cc",
     "FROM named_lock WHERE name = 'import')))sql", "FROM named_lock WHERE name = 'nothing')))sql"),
    ("a hold reads the date under the lock for which a stop waits", "app/store/sale/reservation_store.cc",
     "      LOCK IN SHARE MODE)sql", ")sql"),
    ("of a hidden concert nobody is told", "app/store/sale/announcement_store.cc",
     "(c.visible_from IS NULL OR c.visible_from <= NOW(3))", "TRUE"),
    ("a hidden concert's seats cannot be held", "app/store/sale/seat_store.cc",
     "AND (c.visible_from IS NULL OR c.visible_from <= NOW(3))) ON d.", ") ON d."),
    ("a hidden concert's sections show no seats", "app/store/sale/seat_store.cc",
     "\n          AND (c.visible_from IS NULL OR c.visible_from <= NOW(3)) ORDER BY r.row_no", " ORDER BY r.row_no"),
    ("a hidden concert's sections are not listed", "app/store/sale/hall_store.cc",
     " AND (c.visible_from IS NULL OR c.visible_from <= NOW(3))", ""),
    ("to the previous release a hidden concert's dates have begun", "app/store/sale/catalogue_store.cc",
     "d.starts_at = CASE WHEN ? = 1 OR c.visible_from IS NOT NULL", "d.starts_at = CASE WHEN ? = 1"),
    ("a hold looks whether the sale was stopped", "app/store/sale/reservation_store.cc",
     " AND d.stopped_at IS NULL\n", "\n"),
    ("the previous release sells no date with terms of sale", "app/store/sale/catalogue_store.cc",
     "date.on_sale_at || date.sales_end_at || date.is_stopped || date.has_layout;", "date.has_layout;"),
    ("the previous release sells no date with a layout", "app/store/sale/catalogue_store.cc",
     "date.is_stopped || date.has_layout;", "date.is_stopped;"),
    ("a process that lost its lease stops", "app/store/session/lease.cc",
     "if (renewed == 1) return;", "if (renewed < 2) return;"),
    ("a lease has one holder", "app/store/session/lease.cc",
     "WHERE name = ? AND (holder IS NULL OR held_until <= NOW(3) OR server = ?))sql",
     "WHERE name = ? AND (name <> '' OR server = ?))sql"),
    ("a lapsed wait does not stay before users who were admitted", "app/service/queue/admit_waiting.cc",
     "if (head && head->has_lapsed) {", "if (head && head->has_lapsed && places.last < 0) {"),
    ("a transaction that lost its connection is not continued", "app/store/session/session_connect.cc",
     "if (in_transaction_) fail_lost();", ""),
    ("a user who left is answered so though memcached lost the note", "app/domain/vacancies.cc",
     "!state->knows(place) || (block && block->has(place)))", "!state->knows(place))"),
    ("a position follows from what is published", "app/service/queue/positions.cc",
     "  if (is_published(queue)) {", "  if (is_published(queue) && now.ms < 0) {"),
    ("a vacancy that the database lost is not counted", "app/domain/vacancies.cc",
     "return at <= as_of ? found == expected : found >= expected;", "return at <= as_of || found >= expected;"),
    ("a queue that the database does not know begins a lineage", "app/service/queue/publish_queue.cc",
     "published && ends.has_known", "published != nullptr"),
    ("a queue that had a place before it was given is not believed", "app/service/queue/positions.cc",
     "return !is_of_another;", "return is_of_another || !is_of_another;"),
    ("a state of the future is not believed", "app/cache/queue_cache.cc", " && at - now < kClocksDiffer_ms", ""),
    ("one process reads the queue for all", "app/cache/queue_cache.cc",
     "kTurnLife_s) == Cache::Outcome::done;", "kTurnLife_s) != Cache::Outcome::away;"),
    ("a lapsed wait keeps no newcomer waiting", "app/service/queue/issue_token.cc",
     "if (!full && !outlook.nobody_waits && ", "if (full && !full && !outlook.nobody_waits && "),
    ("a user who still waits keeps newcomers waiting", "app/service/queue/issue_token.cc",
     "if (waits_.somebody_waits({queue, {}, of.opens_at, of.waits_until})) return;", ""),
    ("a join whose token has ended meanwhile begins again", "app/service/queue/issue_token.cc",
     "  if (token.state != TokenState::waiting) return std::nullopt;\n", ""),
    ("an admission locks the queue", "app/service/queue/admit_waiting.cc",
     "const QueueRow row = queues_.lock(queue);",
     "const QueueRow row = queues_.read(queue);"),
    ("nobody is admitted before users who wait", "app/store/queue/queue_store.cc",
     "(paused = 0 AND waiting_count = 0 AND", "(paused = 0 AND"),
    ("a payment needs an active token", "app/service/points/payments.cc", "  require_active_state(state);\n", ""),
    ("a charge needs an active token", "app/service/points/balances.cc",
     "    require_active_state(state_at(locked.token, locked.now));\n", ""),
    ("a release needs a token that opens records", "app/service/sale/reservations.cc",
     "  require_records_open(locked.token, locked.now);\n", ""),
    ("a hold checks its token in its transaction", "app/service/access/token_uses.cc",
     "  require_active_state(state_at(locked->token, locked->now));\n}", "}"),
    ("a hold that extends its token locks its user", "app/store/queue/token_store.cc",
     "t.unclaimed = 0, u.entry_count = u.entry_count", "t.unclaimed = 0"),
    ("a message ends by itself", "app/service/queue/token_answer.cc",
     "state.message->is_shown(now)", "state.message->is_shown(Instant{})"),
    ("a message that nobody would see is refused", "app/service/admin/queues.cc",
     "if (message && !message->is_shown(now))", "if (message && now.ms < 0)"),
    ("a message that is not new is no change", "app/service/admin/queues.cc",
     "    if (queues.read(queue).message == message) return false;\n", ""),
    ("sold out is said only if no seat is held", "app/domain/stock.cc",
     "stock.available + stock.held == 0", "stock.available == 0"),
    ("users inside that hold no seat come first", "app/domain/stock.cc",
     "static_cast<double>(stock.choosing) + ", ""),
    ("a visit counts as a seat at least", "app/domain/stock.cc", "std::max(1.0, ", "std::max(0.0, "),
    ("a lapsed hold leaves its seats in the stock", "app/store/sale/stock_store.cc",
     "dates.unclaimed + add_holds(dates.with_layout, seats)", "dates.unclaimed + 0 * add_holds(dates.with_layout, seats)"),
    ("a seat that is held on a plain date is not free", "app/store/sale/stock_store.cc",
     " - sold(dates.plain) - of_plain.held;", " - sold(dates.plain);"),
    ("a hidden concert has no stock", "app/store/sale/stock_store.cc",
     "(c.visible_from IS NULL OR c.visible_from <= NOW(3)) AND d.stopped_at", "d.stopped_at"),
    ("a stock is not counted again and again", "app/service/queue/count_stock.cc",
     "counted_ms < kKept_ms", "counted_ms < 0"),
    ("a visit that paid counts", "app/store/queue/token_store.cc",
     "q.visit_count = q.visit_count + 1", "q.visit_count = q.visit_count + 0"),
    ("a visit that lapsed counts", "app/store/queue/queue_store.cc",
     "std::max<std::int64_t>(0, -count)", "std::max<std::int64_t>(0, 0 * count)"),
    ("a vacancy is no place that was admitted", "app/store/queue/wait_store.cc",
     " AND admitted_at IS NOT NULL ORDER BY seq DESC", " ORDER BY seq DESC"),
    ("releases with different forms of a state do not replace each other's", "app/cache/queue_cache.cc",
     'fmt::format("queue{}:{}", QueueState::kTextVersion, queue.value)', 'fmt::format("queue:{}", queue.value)'),
    ("a token opens the concerts of its queue alone", "app/service/access/token_uses.cc",
     "if (of_token == of_concert) return;", "if (of_token.value > 0) return;"),
    ("a hold is of a concert of its token's queue", "app/service/sale/reservations.cc",
     "  require_queue(outlook.token.queue, outlook.date.queue);\n", ""),
    ("an extension is of a concert of its token's queue", "app/service/sale/reservations.cc",
     "  if (found.other_queue) require_queue(locked.token.queue, *found.other_queue);\n", ""),
    ("a payment is of a concert of its token's queue", "app/service/points/payments.cc",
     "  if (payable.other_queue) require_queue(locked.token.queue, *payable.other_queue);\n", ""),
    ("a list of dates is of a concert of its token's queue", "app/service/sale/catalogue.cc",
     "  require_queue(claims.queue, dates.queue);\n", ""),
    ("a cached list of dates is of its concert's queue", "app/service/sale/catalogue.cc",
     "if (found.dates->queue == claims.queue) return", "if (claims.queue.value > 0) return"),
    ("the previous release sells nothing of another queue", "app/store/sale/catalogue_store.cc",
     "d.starts_at = CASE WHEN ? = 1 OR c.visible_from IS NOT NULL OR c.queue_id <> ?",
     "d.starts_at = CASE WHEN ? = 1 OR c.visible_from IS NOT NULL OR c.queue_id < 0 * ?"),
    ("the timer ends only holds that have lapsed", "app/store/sale/bulk_reservation_store.cc",
     "SELECT reservation_id FROM reservation WHERE state = 'HELD' AND held_until <= NOW(3)",
     "SELECT reservation_id FROM reservation WHERE state = 'HELD' AND held_until <= NOW(3) + INTERVAL 1 DAY"),
    ("an admitted user must claim the place", "app/store/queue/wait_store.cc",
     "return {life.has_claims() ? 1 : 0,", "return {0,"),
    ("a place that was given back is no vacancy", "app/service/queue/expire_tokens.cc",
     "    if (!wait.gave_back) places.push_back(wait.place);\n", "    places.push_back(wait.place);\n"),
    ("a wait is ended as it was read", "app/store/queue/wait_store.cc",
     "AND (admitted_at IS NOT NULL) = ?)sql\",\n                          {to_text(as), token.id, token.admitted_at ? 1 : 0}",
     ")sql\",\n                          {to_text(as), token.id}"),
    ("nobody joins past a user who has returned", "app/store/queue/queue_store.cc", " AND returned_count = 0", ""),
    ("a user who is away is not admitted", "app/store/queue/return_store.cc", " AND r.is_waiting = 1 AND t.state", " AND t.state"),
    ("a second admission must be claimed too", "app/store/queue/return_store.cc",
     "UPDATE token SET {}, readmitted_at", "UPDATE token SET {}, unclaimed = 0, readmitted_at"),
    ("a clear ends registrations for as long as they could last", "app/service/queue/expire_tokens.cc",
     "note(queue, ended, kLongestTokenLife_ms);", "note(queue, ended);"),
    ("the time to call again counts from the lapse", "app/store/queue/return_store.cc",
     "LEAST(expires_at + INTERVAL", "LEAST(NOW(3) + INTERVAL"),
    ("a user who has returned waits on", "app/store/queue/return_store.cc", "SET expires_at = GREATEST(expires_at, ?)",
     "SET expires_at = LEAST(expires_at, ?)"),
    ("a call after the claim has lapsed is not admitted", "app/domain/token.h",
     "  if (has_lapsed_claim(token, now)) return TokenState::waiting;\n", ""),
    ("a visit ends while somebody waits", "app/domain/token.h",
     "  return std::min(longest, std::max(*token.visit_end, token.expires_at));", "  return longest;"),
    ("an end that was told is kept", "app/domain/token.h", "std::max(*token.visit_end, token.expires_at)", "*token.visit_end"),
    ("what is held when the visit is over may be paid", "app/service/sale/reservations.cc",
     "        guard_.uses().keep_for_hold(outlook.token, made->held_until);\n", ""),
    ("what is held later ends with the token", "app/domain/token.h",
     "  return is_over ? last_end(token)", "  return is_over && !token.visit_end ? last_end(token)"),
    ("after the draw a user is told no position of registering", "app/service/queue/issue_token.cc",
     "is_entry ? std::nullopt : token.joined_position", "token.joined_position"),
    ("a draw is known by when it was made", "app/service/queue/place_orders.cc",
     "  const DrawName name{queue.value, opening->id, *opening->drawn_at};", "  const DrawName name{queue.value, opening->id, Instant{}};"),
    ("a join ends only a token that has lapsed", "app/service/queue/expire_tokens.cc",
     "return state_at(locked->token, locked->now) == TokenState::expired &&", "return"),
    ("a cached state is believed for 5 s", "app/cache/queue_cache.cc",
     "age_ms < kTokenLife_s * 1000", "age_ms < 3600'000"),
    ("a cached state from the future is not believed", "app/cache/queue_cache.cc",
     " &&\n         age_ms > -kClocksDiffer_ms;", ";"),
    ("a cached end belongs to one issue of a token", "app/cache/queue_cache.cc",
     "if (known && known->issued_at != token.issued_at) return std::nullopt;", ""),
    ("a cached list of an outdated catalogue is not believed", "app/service/sale/catalogue.cc",
     "return dates.catalogue == state_;", "return true;"),
    ("a lease in memcached ends by its own time", "app/cache/dates_cache.cc",
     "age_ms < kLeaseLife_s * 1000", "age_ms < 3600'000"),
    ("an unsealed value in memcached is not believed", "app/cache/cache.cc",
     "if (!value) return \"\";", "if (!value) return Seal::value_of(kept);"),
    ("a token text is valid for its own token only", "app/service/access/token_uses.cc",
     "token.user == claims.user && token.issued_at == claims.issued_at", "token.id == claims.id"),
    ("an erasure looks for tickets under the user's lock", "app/service/admin/erase_user.cc",
     "if (!forfeit.tickets && !ErasureStore(db_).tickets_to_come(user).empty()) return false;", ""),
    ("a token for records that was given back opens nothing", "app/store/queue/token_store.cc",
     "UPDATE records_token SET ended_at = NOW(3)", "UPDATE records_token SET ended_at = NULL"),
    ("a lost token for records does not end the one with its id", "app/store/queue/token_store.cc",
     "AND user_id = ? AND issued_at = ? AND ended_at IS NULL",
     "AND user_id = ? AND issued_at <= ? + INTERVAL 1 DAY AND ended_at IS NULL"),
    ("a token for records pays nothing", "app/service/access/token_uses.cc",
     "case TokenState::records:\n", "case TokenState::records: return;\n"),
    ("a token's text opens records until it lapses", "app/service/access/token_uses.cc",
     "now - token.counted_from < kLongestTokenLife_ms", "now - token.counted_from < 2 * kLongestTokenLife_ms"),
    ("a transaction is rolled back unless committed", "app/store/session/transaction.h",
     "~Transaction() { session_.rollback(); }",
     "~Transaction() { if (session_.in_transaction()) session_.commit(); }"),
    ("a deadlock retries the transaction", "app/store/session/transaction.h",
     "if (attempt == kAttempts ||", "if (attempt >= 1 ||"),
    ("each memcached server has its own backoff", "app/cache/cache_server.h",
     "  std::int64_t away_until_ms_ = 0;", "  inline static std::int64_t away_until_ms_ = 0;"),
    ("a state that no pass publishes again is not believed for long", "app/cache/queue_cache.cc",
     "kStateFresh_ms = 5000;", "kStateFresh_ms = 3600'000;"),
    ("a state that has not changed is published again", "app/service/queue/publish_queue.cc",
     "(lost && *published.state == state)", "*published.state == state"),
    ("a process that lost a race to publish looks again", "app/service/queue/publish_queue.cc", "kAttempts = 5", "kAttempts = 1"),
    ("a statement of a sampled trace carries its id", "app/store/session/session.cc", "trace && trace->is_sampled() ?", "false ?"),
    ("a statement with a trace id is not kept prepared", "app/store/session/session.cc",
     "  Statement statement(connection_->prepareStatement(text));\n",
     "  Statement& statement = statements_[text];\n  statement.reset(connection_->prepareStatement(text));\n"),
    ("a charge whose commit was not acknowledged is looked up", "app/service/points/balances.cc",
     "if (before && ledger_.has(*before))", "if (before && !before)"),
    ("a hold whose commit was not acknowledged is looked up", "app/service/sale/reservations.cc",
     "if (before && is_there(*before))", "if (before && !before)"),
    ("a change that was rolled back is not taken for made", "app/store/points/account_store.cc",
     "  return rows.next();\n}", "  return rows.next() || true;\n}"),
    ("no use shortens a token's life", "app/store/queue/token_store.cc", "GREATEST(expires_at, ?)", "?"),
    ("a request with a sampled trace asks the database by itself", "app/http/prefetch.cc",
     "return !is_traced && ", "return (is_traced || !is_traced) && "),
    ("a login names this service as its audience", "app/service/access/identity.cc",
     "if (!audience_.empty() && !login->is_for(audience_)) refuse_identity();", ""),
    ("a login names the login service as its issuer", "app/service/access/identity.cc",
     "if (!issuer_.empty() && login->text(\"iss\") != issuer_) refuse_identity();", ""),
    ("a critical header that is not understood is refused", "app/service/access/jwt_handle.h",
     "if (crit) return nullptr;", ""),
    ("the key of logins has one purpose", "app/settings/secrets.cc",
     'collect("identity_key_file", expect_identity_key_to_differ);', ""),
    ("the key of vouchers has one purpose", "app/settings/secrets.cc",
     'collect("charge_key_file", expect_charge_key_to_differ);', ""),
    ("a public key is the same however it is written", "app/settings/operator_key.cc",
     "if (has_pem(one) && has_pem(other)) {", "if (one.empty() && has_pem(other)) {"),
    ("a charge needs a voucher", "app/service/points/balances.cc", "      vouchers_.require(voucher);\n", ""),
    ("a voucher is for its user and its amount", "app/service/access/vouchers.cc",
     "  if (UserId::parse(*sub) != user || claims->integer(\"amount\") != amount) return std::nullopt;\n", ""),
    ("a voucher names this service as its audience", "app/service/access/vouchers.cc",
     "if (!audience_.empty() && !claims->is_for(audience_)) return std::nullopt;", ""),
    ("a new voucher has not expired", "app/service/points/balances.cc",
     "if (!first && !voucher->is_valid_now) refuse_voucher();", ""),
    ("a redeemed voucher is good for its own user and amount", "app/service/points/balances.cc",
     "if (first && (first->user != voucher->user || first->amount != voucher->amount)) refuse_voucher();", ""),
    ("a redeemed voucher is looked up", "app/service/points/balances.cc",
     "if (const auto first = redeemed(voucher))", "if (const auto first = redeemed(voucher); first && voucher->id.empty())"),
    ("a voucher is redeemed once", "sql/migrations/0008_vouchers.sql",
     "jti VARBINARY(400) NOT NULL PRIMARY KEY", "jti VARBINARY(400) NOT NULL, KEY voucher_jti (jti)"),
    ("a voucher whose charge was made meanwhile is looked up", "app/service/points/balances.cc",
     "throw RetryTransaction(error.what());  // the next attempt", "throw;  // the next attempt"),
    ("a ticket's code is signed", "app/service/sale/ticket_code.cc",
     "if (!signature || !key.has_signed(text, *signature)) return", "if (!signature) return"),
    ("a ticket's code has one form", "app/service/sale/ticket_code.cc",
     "if (payload != payload_of(claims)) return", "if (payload.empty()) return"),
    ("a text of base64url is one of its bytes only", "app/base/base64url.cc",
     "if (base64url(bytes) != text) return std::nullopt;", ""),
    ("a ticket of a reservation that was refunded is void", "app/domain/ticket.h",
     "refunded: return TicketState::voided;", "refunded: return TicketState::valid;"),
    ("a reservation that is not paid has no tickets", "app/domain/ticket.h",
     "released: return std::nullopt;", "released: return TicketState::valid;"),
    ("the key of tickets is of one kind", "app/settings/ticket_key.cc",
     "if (key_ && EVP_PKEY_base_id(key_.get()) == EVP_PKEY_ED25519) return;", "if (key_) return;"),
    ("a key is for one credit", "sql/migrations/0008_vouchers.sql",
     "key_text VARBINARY(400) NOT NULL PRIMARY KEY", "key_text VARBINARY(400) NOT NULL, KEY credit_key_text (key_text)"),
    ("a key of a credit is for one user and amount", "app/service/points/credit_user.cc",
     "if (made && (made->user != request.user || made->amount != request.amount)) {",
     "if (made && made->amount < 0) {"),
    ("a balance has its limit for credits too", "app/service/points/credit_user.cc",
     "if (!has_room(locked.account.balance, request.amount, settings.balance_limit)) {",
     "if (!has_room(locked.account.balance, request.amount, kMaxPoints)) {"),
    ("an erased user's vouchers move along", "app/store/admin/erasure_store.cc",
     "UPDATE voucher SET user_id = ? WHERE user_id = ?", "UPDATE voucher SET user_id = user_id WHERE user_id IN (?, ?)"),
    ("an erased user's keys of credits move along", "app/store/admin/erasure_store.cc",
     "UPDATE credit_key SET user_id = ? WHERE user_id = ?",
     "UPDATE credit_key SET user_id = user_id WHERE user_id IN (?, ?)"),
    ("a half-written configuration is not kept", "app/settings/kept_configuration.cc",
     "if (content_or_nothing(file) != content)", "if (content.empty())"),
    ("what a terminal would obey is not sent to it", "app/base/encoding.cc",
     "if (length > 0 && !is_control(point)) {", "if (length > 0) {"),
]


def copy_sources():
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    names = {name for name in listed.split("\0") if (ROOT / name).is_file()}
    for copy in TREE.rglob("*"):
        if copy.is_file() and str(copy.relative_to(TREE)) not in names:
            copy.unlink()  # an earlier version had it
    for name in names:
        source, copy = ROOT / name, TREE / name
        if copy.exists() and copy.read_bytes() == source.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
        copy.chmod(source.stat().st_mode)


def subject_suites(file):
    """The store's tests of the subject that the file is of, which notice most of what is wrong with it."""
    folder = TREE / SUBJECT_TESTS / pathlib.PurePath(file).parent.name
    names = sorted(test.stem for test in folder.glob("*_test.cc"))
    return {"store_test": ["--run_test=" + ",".join(names)]} if names else {}


def build(targets):
    return subprocess.run(["cmake", "--build", BUILD, "--target", *targets], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def stop(suite):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(suite.pid, signal.SIGKILL)  # its servers, too


def first_failure(suites):
    """The first test of the first suite that fails; nothing if all pass."""
    for name, options in suites.items():
        with tempfile.TemporaryDirectory(prefix="mutant-", ignore_cleanup_errors=True) as folder:
            suite = subprocess.Popen([BUILD / name, "--log_level=error", "--color_output=no", *options],
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                     env={**os.environ, "TMPDIR": folder}, start_new_session=True)
            clock = threading.Timer(600, stop, [suite])
            clock.start()
            found = next(filter(None, (re.search(r'error: in "([^"]+)"', line) for line in suite.stdout)), None)
            ended = clock.is_alive()
            clock.cancel()
            if found:
                stop(suite)
            if suite.wait() != 0:
                return found[1] if found else f"{name} died" if ended else f"{name} did not end"
    return None


def find_rules():
    """Ends this, unless each rule's text is in its file, once."""
    moved = [f"{name}: {file} has its text {count} times, not once"
             for name, file, rule, _ in MUTANTS if (count := (ROOT / file).read_text().count(rule)) != 1]
    if moved:
        sys.exit("mutants: " + "\n".join(moved))


def try_mutant(file, rule, without):
    path = TREE / file
    text = path.read_text()
    path.write_text(text.replace(rule, without))
    try:
        for suites, programs in ((subject_suites(file), []), (SUITES, PROGRAMS)):
            if not suites:
                continue
            built = build([*suites, *programs])
            if built.returncode != 0:
                return f"CANNOT BE BUILT\n{built.stdout[-3000:]}", False
            if failure := first_failure(suites):
                return failure, True
        return "NOT NOTICED", False
    finally:
        path.write_text(text)


def main():
    find_rules()
    if sys.argv[1:] == ["--check"]:
        print(f"mutants: the text of each of {len(MUTANTS)} rules is in its file")
        return
    wanted = [m for m in MUTANTS if not sys.argv[1:] or any(word in m[0] for word in sys.argv[1:])]
    if not wanted:
        sys.exit(f"mutants: no rule's name contains {' or '.join(sys.argv[1:])}")
    copy_sources()
    subprocess.run(["cmake", "-S", TREE, "-B", BUILD, "-G", "Ninja", "--log-level=WARNING", "-DCMAKE_BUILD_TYPE=Debug",
                    "-DCMAKE_CXX_FLAGS_DEBUG=-O0 -w"], check=True, stdout=subprocess.DEVNULL)
    print("mutants: building the sources as they are", flush=True)
    built = build([*SUITES, *PROGRAMS])
    if built.returncode != 0:
        sys.exit(f"mutants: cannot build:\n{built.stdout[-3000:]}")
    if failure := first_failure(SUITES):
        sys.exit(f"mutants: this fails with every rule in place: {failure}")
    unnoticed = []
    for name, file, rule, without in wanted:
        said, noticed = try_mutant(file, rule, without)
        print(f"without '{name}': {said}", flush=True)
        if not noticed:
            unnoticed.append(name)
    if unnoticed:
        sys.exit(f"mutants: {len(unnoticed)} of {len(wanted)} rules were taken away unnoticed: {', '.join(unnoticed)}")
    print(f"mutants: each of {len(wanted)} rules, taken away, was noticed")


main()
