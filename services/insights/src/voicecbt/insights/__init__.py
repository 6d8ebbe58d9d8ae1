"""Trends over time: domain events in three ClickHouse tables, under pseudonyms and without a word of what was said."""
