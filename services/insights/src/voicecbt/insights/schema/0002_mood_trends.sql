-- One row for each mood. A deleted mood has a tombstone with the same key and a higher version: whichever of the two
-- arrives first, the tombstone wins. Tombstones do not know the month of their mood, hence no partitions; every query
-- is about one person, and the key begins with them. Old parts are merged within a day, which removes what was
-- replaced from the disk too.
CREATE TABLE IF NOT EXISTS mood_trends (
    timestamp DateTime64(3, 'UTC'),
    user_id UUID COMMENT 'pseudonym',
    mood_score UInt8,
    emotion_breakdown String COMMENT 'JSON object of emotion to strength',
    environmental_factors String COMMENT 'JSON object of closed words',
    sleep_quality UInt8 COMMENT '0 when not told',
    stress_level UInt8 COMMENT '0 when not told',
    energy_level UInt8 COMMENT '0 when not told',
    mood_id UUID COMMENT 'pseudonym',
    version UInt8 COMMENT '0 for a mood, 1 for its tombstone',
    is_deleted UInt8
) ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (user_id, mood_id)
SETTINGS min_age_to_force_merge_seconds = 86400;
