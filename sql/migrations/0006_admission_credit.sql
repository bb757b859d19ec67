-- What the queue may still admit, in users times milliseconds, as of when: two hosts' passes share
-- it. Null: nothing was ever counted. A concert-cron of the release before leaves both as they are.
ALTER TABLE queue
  ADD COLUMN admission_credit BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN admission_credit_at DATETIME(3) NULL,
  ADD CONSTRAINT queue_admission_credit CHECK (admission_credit >= 0);
