-- What each program's account may do, by table and, if it only changes rows, by column (INSERT ... ON
-- DUPLICATE KEY UPDATE needs UPDATE on all columns that it inserts). Run it as the database's
-- administrator after `concertctl migrate`, and again after each upgrade (a right can only be given on a
-- table that exists):
--   mariadb < grants.sql
-- It first revokes everything, so that the accounts have these rights and no others.
-- One GRANT a line: `concertctl doctor` reads these lines too, and tries each right.

-- concertd. It adds to the ledger, to payments and to vouchers but can change or delete none of them. It can delete nothing
-- at all, and cannot change a price, a limit of the queue, or the owner of a token or reservation. LOCK
-- TABLES changes no row: MySQL demands it from an account that locks rows of a table (reservation_seat)
-- that it may not change; MariaDB does not.
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'concert'@'localhost';
GRANT LOCK TABLES ON concert.* TO 'concert'@'localhost';
GRANT SELECT ON concert.schema_migration TO 'concert'@'localhost';
GRANT SELECT ON concert.named_lock TO 'concert'@'localhost';
GRANT SELECT ON concert.installation TO 'concert'@'localhost';
GRANT SELECT ON concert.concert TO 'concert'@'localhost';
GRANT SELECT ON concert.concert_date TO 'concert'@'localhost';
GRANT SELECT, UPDATE (claimed_count, change_count) ON concert.hall_section TO 'concert'@'localhost';
GRANT SELECT ON concert.hall_row TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE ON concert.user TO 'concert'@'localhost';
GRANT SELECT, INSERT ON concert.ledger_entry TO 'concert'@'localhost';
GRANT SELECT, UPDATE (active_count, waiting_count, last_seq, entries, newest_is_active, limit_in_force, limit_lowered_at, visit_count, visit_seat_count, returned_count) ON concert.queue TO 'concert'@'localhost';
GRANT SELECT ON concert.opening TO 'concert'@'localhost';
GRANT SELECT ON concert.queue_message TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE ON concert.queue_gap TO 'concert'@'localhost';
GRANT SELECT ON concert.queue_admission TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE (state, expires_at, ended_at, unclaimed) ON concert.token TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE ON concert.token_return TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE (ended_at) ON concert.records_token TO 'concert'@'localhost';
GRANT SELECT, UPDATE (state, reservation_id, held_until) ON concert.seat TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE (state, held_until, ended_at) ON concert.reservation TO 'concert'@'localhost';
GRANT SELECT, INSERT ON concert.reservation_seat TO 'concert'@'localhost';
GRANT SELECT, INSERT ON concert.payment TO 'concert'@'localhost';
GRANT SELECT, INSERT ON concert.voucher TO 'concert'@'localhost';
GRANT SELECT, INSERT, UPDATE ON concert.idempotency_key TO 'concert'@'localhost';
GRANT SELECT, INSERT ON concert.choice_lock TO 'concert'@'localhost';

-- concert-cron. It sees no user, balance, ledger entry or payment. It deletes only what need not be kept:
-- old tokens, idempotency keys, the queue's notes, and reservations; foreign keys protect reservations
-- that are paid or have seats. Of a date it notes that holds of it were deleted.
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (active_count, waiting_count, admitted_seq, entries, drawn_at, limit_in_force, limit_lowered_at, admission_credit, admission_credit_at, active_share, highest_admitted_seq, visit_count, returned_count) ON concert.queue TO 'concert_cron'@'localhost';
GRANT SELECT ON concert.opening TO 'concert_cron'@'localhost';
GRANT SELECT ON concert.queue_message TO 'concert_cron'@'localhost';
GRANT SELECT ON concert.concert TO 'concert_cron'@'localhost';
GRANT SELECT ON concert.installation TO 'concert_cron'@'localhost';
GRANT SELECT, INSERT, UPDATE, DELETE ON concert.queue_gap TO 'concert_cron'@'localhost';
GRANT SELECT, INSERT, DELETE ON concert.queue_admission TO 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (state, admitted_at, readmitted_at, expires_at, ended_at, unclaimed), DELETE ON concert.token TO 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (is_waiting) ON concert.token_return TO 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (holds_pruned) ON concert.concert_date TO 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (claimed_count, change_count) ON concert.hall_section TO 'concert_cron'@'localhost';
GRANT SELECT ON concert.hall_row TO 'concert_cron'@'localhost';
GRANT SELECT, DELETE ON concert.records_token TO 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (state, ended_at), DELETE ON concert.reservation TO 'concert_cron'@'localhost';
GRANT SELECT, DELETE ON concert.reservation_seat TO 'concert_cron'@'localhost';
GRANT SELECT, UPDATE (state, reservation_id, held_until) ON concert.seat TO 'concert_cron'@'localhost';
GRANT SELECT, DELETE ON concert.idempotency_key TO 'concert_cron'@'localhost';

-- concertctl. It reads everything, adds, changes and removes concerts and dates, sets the queue's limits,
-- blocks seats, refunds payments, credits and erases users. It adds to the ledger and to admin_action but
-- can delete from neither, nor change an amount, the price of a reservation's seat or a recorded action.
-- Foreign keys protect dates that have reservations.
REVOKE ALL PRIVILEGES, GRANT OPTION FROM 'concert_ctl'@'localhost';
GRANT SELECT ON concert.* TO 'concert_ctl'@'localhost';
GRANT INSERT ON concert.admin_action TO 'concert_ctl'@'localhost';
GRANT UPDATE (installation_id) ON concert.installation TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (title, venue, description, image_url, time_zone, visible_from, import_key, queue_id), DELETE ON concert.concert TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (starts_at, seat_count, venue, import_key, on_sale_at, sales_end_at, stopped_at, real_starts_at, cancelled_at, refunds_ended_at), DELETE ON concert.concert_date TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (price, claimed_count, change_count), DELETE ON concert.hall_section TO 'concert_ctl'@'localhost';
GRANT INSERT, DELETE ON concert.hall_row TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (price, state, reservation_id, held_until, blocked_at), DELETE ON concert.seat TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (active_limit, admit_per_pass, paused, opening_id, register_from, register_until, opens_at, waits_until, entries, limit_in_force, limit_lowered_at, active_count, waiting_count, admission_credit, admission_credit_at, visit_count, visit_seat_count, returned_count) ON concert.queue TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (public_value) ON concert.opening TO 'concert_ctl'@'localhost';
GRANT INSERT, DELETE ON concert.queue_message TO 'concert_ctl'@'localhost';
GRANT UPDATE (taken, taken_at) ON concert.named_lock TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE ON concert.queue_gap TO 'concert_ctl'@'localhost';
GRANT UPDATE (user_id, balance, entry_count) ON concert.user TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (user_id) ON concert.ledger_entry TO 'concert_ctl'@'localhost';
GRANT UPDATE (user_id) ON concert.payment TO 'concert_ctl'@'localhost';
GRANT UPDATE (user_id) ON concert.voucher TO 'concert_ctl'@'localhost';
GRANT INSERT, UPDATE (user_id) ON concert.credit_key TO 'concert_ctl'@'localhost';
GRANT UPDATE (user_id, state, ended_at, seat_count) ON concert.reservation TO 'concert_ctl'@'localhost';
GRANT UPDATE (refunded_at) ON concert.reservation_seat TO 'concert_ctl'@'localhost';
GRANT UPDATE (user_id, state, ended_at) ON concert.token TO 'concert_ctl'@'localhost';
GRANT UPDATE (is_waiting) ON concert.token_return TO 'concert_ctl'@'localhost';
GRANT DELETE ON concert.idempotency_key TO 'concert_ctl'@'localhost';
GRANT DELETE ON concert.records_token TO 'concert_ctl'@'localhost';
