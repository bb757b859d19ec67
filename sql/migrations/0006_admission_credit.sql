-- The admission credit, in users times milliseconds, and its time: the passes of all hosts share it. A
-- null time means that no pass has counted yet. A concert-cron of the release before changes neither.
ALTER TABLE queue
  ADD COLUMN admission_credit BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN admission_credit_at DATETIME(3) NULL,
  ADD CONSTRAINT queue_admission_credit CHECK (admission_credit >= 0);
