"""The span of days that somebody asks about, in their own time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

DEFAULT_DAYS = 30
DEFAULT_TIMEZONE = "UTC"
HOST_TIMEZONE = "localtime"  # Not an IANA name: some systems list the machine's own zone under it.


class UnknownTimezone(ValueError):
    """Not the IANA name of a time zone."""


@dataclass(frozen=True, slots=True)
class Period:
    """Whole local days: from `start` (inclusive) to `end` (exclusive), both in UTC, in the zone `timezone`."""

    start: datetime
    end: datetime
    timezone: str


def period(days: int, timezone: str, now: datetime) -> Period:
    """The last `days` local days, today's included (30 when 0). Raises UnknownTimezone."""
    name = timezone or DEFAULT_TIMEZONE
    if name not in known_timezones():
        raise UnknownTimezone("must be an IANA time zone name such as Europe/Berlin")
    zone = ZoneInfo(name)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    first = tomorrow - timedelta(days=days or DEFAULT_DAYS)
    return Period(_midnight(first, zone), _midnight(tomorrow, zone), name)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone).astimezone(UTC)


@cache
def known_timezones() -> frozenset[str]:
    """Every name that is accepted."""
    return frozenset(available_timezones()) - {HOST_TIMEZONE}
