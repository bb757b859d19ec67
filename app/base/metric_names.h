#pragma once

// The names of all metrics of /metrics. They are a contract with dashboards and alerts: what
// renders them and what reads them (`concertctl top`) take them from here.
namespace concert::metric {

// Requests.
inline constexpr char kRequests[] = "concert_requests_total";
inline constexpr char kRequestDurationSeconds[] = "concert_request_duration_seconds";
inline constexpr char kRequestDurationSecondsBucket[] = "concert_request_duration_seconds_bucket";
inline constexpr char kRefusals[] = "concert_refusals_total";
inline constexpr char kNginxResponses[] = "concert_nginx_responses_total";
inline constexpr char kRequestsInHand[] = "concert_requests_in_hand";

// concertd itself.
inline constexpr char kBuildInfo[] = "concert_build_info";
inline constexpr char kStartTimestampSeconds[] = "concert_start_timestamp_seconds";
inline constexpr char kWorkers[] = "concert_workers";
inline constexpr char kWorkersBusy[] = "concert_workers_busy";
inline constexpr char kWorkerStarts[] = "concert_worker_starts_total";
inline constexpr char kWorkerDeaths[] = "concert_worker_deaths_total";
inline constexpr char kLogLinesDropped[] = "concert_log_lines_dropped_total";
inline constexpr char kEventsMalformed[] = "concert_events_malformed_total";

// Database and memcached.
inline constexpr char kDatabaseUp[] = "concert_database_up";
inline constexpr char kDatabaseRoundTrips[] = "concert_database_round_trips_total";
inline constexpr char kDatabaseErrors[] = "concert_database_errors_total";
inline constexpr char kDatabaseDeadlocks[] = "concert_database_deadlocks_total";
inline constexpr char kDatabaseLockTimeouts[] = "concert_database_lock_timeouts_total";
inline constexpr char kDatabaseSlowStatements[] = "concert_database_slow_statements_total";
inline constexpr char kDatabaseMoves[] = "concert_database_moves_total";
inline constexpr char kDatabaseSplitChecks[] = "concert_database_split_looks_total";
inline constexpr char kTransactionRetries[] = "concert_transaction_retries_total";
inline constexpr char kCacheRoundTrips[] = "concert_cache_round_trips_total";
inline constexpr char kCacheErrors[] = "concert_cache_errors_total";
inline constexpr char kCacheHits[] = "concert_cache_hits_total";
inline constexpr char kCacheMisses[] = "concert_cache_misses_total";

// The queue and the sale.
inline constexpr char kQueueUsers[] = "concert_queue_users";
inline constexpr char kQueuePaused[] = "concert_queue_paused";
inline constexpr char kQueueOpen[] = "concert_queue_open";
inline constexpr char kQueueActiveLimit[] = "concert_queue_active_limit";
inline constexpr char kQueueAdmittedLastMinute[] = "concert_queue_admitted_last_minute";
inline constexpr char kQueueOldestWaitSeconds[] = "concert_queue_oldest_wait_seconds";
inline constexpr char kHolds[] = "concert_holds";
inline constexpr char kTokensIssued[] = "concert_tokens_issued_total";
inline constexpr char kPointsCharged[] = "concert_points_charged_total";
inline constexpr char kPointsPaid[] = "concert_points_paid_total";
inline constexpr char kSeatsHeld[] = "concert_seats_held_total";
inline constexpr char kSeatsSold[] = "concert_seats_sold_total";

// concert-cron.
inline constexpr char kCronPasses[] = "concert_cron_passes_total";
inline constexpr char kCronPassSeconds[] = "concert_cron_pass_seconds_total";
inline constexpr char kCronLastPassDurationSeconds[] = "concert_cron_last_pass_duration_seconds";
inline constexpr char kCronLastSuccessTimestampSeconds[] =
    "concert_cron_last_success_timestamp_seconds";
inline constexpr char kCronAdmitted[] = "concert_cron_admitted_total";
inline constexpr char kCronExpired[] = "concert_cron_expired_total";
inline constexpr char kCronPruned[] = "concert_cron_pruned_total";
inline constexpr char kCronKeptConfigurationPasses[] =
    "concert_cron_kept_configuration_passes_total";

}  // namespace concert::metric
