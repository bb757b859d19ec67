#pragma once

// The names of all metrics of /metrics. They are a contract with dashboards and alerts: what
// renders them and what reads them (`concertctl top`) take them from here.
namespace concert::metric {

// Requests.
inline constexpr char requests[] = "concert_requests_total";
inline constexpr char request_duration_seconds[] = "concert_request_duration_seconds";
inline constexpr char request_duration_seconds_bucket[] = "concert_request_duration_seconds_bucket";
inline constexpr char refusals[] = "concert_refusals_total";
inline constexpr char nginx_responses[] = "concert_nginx_responses_total";
inline constexpr char requests_in_hand[] = "concert_requests_in_hand";

// concertd itself.
inline constexpr char build_info[] = "concert_build_info";
inline constexpr char start_timestamp_seconds[] = "concert_start_timestamp_seconds";
inline constexpr char workers[] = "concert_workers";
inline constexpr char workers_busy[] = "concert_workers_busy";
inline constexpr char worker_starts[] = "concert_worker_starts_total";
inline constexpr char worker_deaths[] = "concert_worker_deaths_total";
inline constexpr char log_lines_dropped[] = "concert_log_lines_dropped_total";
inline constexpr char events_malformed[] = "concert_events_malformed_total";

// Database and memcached.
inline constexpr char database_up[] = "concert_database_up";
inline constexpr char database_round_trips[] = "concert_database_round_trips_total";
inline constexpr char database_errors[] = "concert_database_errors_total";
inline constexpr char database_deadlocks[] = "concert_database_deadlocks_total";
inline constexpr char database_lock_timeouts[] = "concert_database_lock_timeouts_total";
inline constexpr char database_slow_statements[] = "concert_database_slow_statements_total";
inline constexpr char database_moves[] = "concert_database_moves_total";
inline constexpr char database_split_looks[] = "concert_database_split_looks_total";
inline constexpr char transaction_retries[] = "concert_transaction_retries_total";
inline constexpr char cache_round_trips[] = "concert_cache_round_trips_total";
inline constexpr char cache_errors[] = "concert_cache_errors_total";
inline constexpr char cache_hits[] = "concert_cache_hits_total";
inline constexpr char cache_misses[] = "concert_cache_misses_total";

// The queue and the sale.
inline constexpr char queue_users[] = "concert_queue_users";
inline constexpr char queue_paused[] = "concert_queue_paused";
inline constexpr char queue_active_limit[] = "concert_queue_active_limit";
inline constexpr char queue_admitted_last_minute[] = "concert_queue_admitted_last_minute";
inline constexpr char queue_oldest_wait_seconds[] = "concert_queue_oldest_wait_seconds";
inline constexpr char holds[] = "concert_holds";
inline constexpr char tokens_issued[] = "concert_tokens_issued_total";
inline constexpr char points_charged[] = "concert_points_charged_total";
inline constexpr char points_paid[] = "concert_points_paid_total";
inline constexpr char seats_held[] = "concert_seats_held_total";
inline constexpr char seats_sold[] = "concert_seats_sold_total";

// concert-cron.
inline constexpr char cron_passes[] = "concert_cron_passes_total";
inline constexpr char cron_pass_seconds[] = "concert_cron_pass_seconds_total";
inline constexpr char cron_last_pass_duration_seconds[] = "concert_cron_last_pass_duration_seconds";
inline constexpr char cron_last_success_timestamp_seconds[] =
    "concert_cron_last_success_timestamp_seconds";
inline constexpr char cron_admitted[] = "concert_cron_admitted_total";
inline constexpr char cron_expired[] = "concert_cron_expired_total";
inline constexpr char cron_pruned[] = "concert_cron_pruned_total";
inline constexpr char cron_kept_configuration_passes[] =
    "concert_cron_kept_configuration_passes_total";

}  // namespace concert::metric
