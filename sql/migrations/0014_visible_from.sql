-- Until when nobody is told of a concert; null: it was never hidden. A program of the release before shows its
-- title all the same, and sells none of its dates: each has its start in real_starts_at (0011_sale_terms.sql).
ALTER TABLE concert ADD COLUMN visible_from DATETIME(3) NULL;
