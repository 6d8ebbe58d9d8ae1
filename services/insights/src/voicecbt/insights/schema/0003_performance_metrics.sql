-- One row for each stage of a turn. Names nobody. How long rows are kept is a setting, applied at every start.
CREATE TABLE IF NOT EXISTS performance_metrics (
    timestamp DateTime64(3, 'UTC'),
    service_name LowCardinality(String),
    response_time UInt32 COMMENT 'ms',
    error_rate Float32 COMMENT '1 when the stage failed, else 0; its mean over rows is the rate',
    throughput UInt32 COMMENT '1; its sum over rows is the number of calls',
    resource_usage String COMMENT 'JSON object; empty, as turns do not measure it',
    event_id UUID COMMENT 'pseudonym of its own: leads neither to a person nor to session_analytics',
    stage UInt16 COMMENT 'position in the turn'
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
ORDER BY (timestamp, service_name, event_id, stage)
TTL toDateTime(timestamp) + toIntervalMonth(12);
