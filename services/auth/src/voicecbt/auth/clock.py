"""What time it is: injected everywhere, so that tests need not wait."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The present moment, with time zone."""
    return datetime.now(UTC)
