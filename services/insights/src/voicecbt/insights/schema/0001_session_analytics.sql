-- One row for each SessionStarted, TurnCommitted, SessionEnded and TurnRated; `kind` says which.
-- A repeated event has the same key and the same month, so that it replaces itself.
CREATE TABLE IF NOT EXISTS session_analytics (
    timestamp DateTime64(3, 'UTC'),
    user_id UUID COMMENT 'pseudonym',
    session_id UUID COMMENT 'pseudonym',
    emotion_data String COMMENT 'turn: JSON object of emotion to probability',
    response_times Array(Int32) COMMENT 'turn: end of speech to first reply, ms',
    user_satisfaction UInt8 COMMENT 'rated: 1 to 5',
    therapeutic_outcome String COMMENT 'turn: the technique that was used',
    session_duration UInt32 COMMENT 'ended: seconds',
    interaction_count UInt16 COMMENT 'turn: 1; ended: turns of the whole session',
    kind LowCardinality(String) COMMENT 'started, turn, ended or rated',
    event_id UUID COMMENT 'pseudonym; the same event is stored once'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (user_id, session_id, event_id);
