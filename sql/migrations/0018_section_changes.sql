-- How often the claims of a section were changed: while it stays as it is, and no more holds of the section have
-- lapsed, the same seats are available. A program of the release before does not count its own changes.
ALTER TABLE hall_section ADD COLUMN change_count BIGINT NOT NULL DEFAULT 0;
