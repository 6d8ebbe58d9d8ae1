-- Pseudonyms whose rows were deleted. Events that come late must not bring them back.
CREATE TABLE IF NOT EXISTS erased_people (
    user_id UUID COMMENT 'pseudonym',
    erased_at DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree
ORDER BY user_id;
