import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

const DAY_AND_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const SHORT_DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
const DAY_MS = 86_400_000;

/** `12 Mar 2026, 14:05` in the reader's own words; empty when there is no time. */
export function dayAndTime(time: Timestamp | undefined): string {
  return time ? DAY_AND_TIME.format(timestampDate(time)) : "";
}

/** `12 Mar` for an ISO 8601 date. */
export function shortDay(isoDay: string): string {
  return SHORT_DAY.format(new Date(`${isoDay}T00:00:00Z`));
}

/** `4 min` or `35 s`. */
export function inMinutes(seconds: number): string {
  return seconds < 60 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

/** The last `count` days as ISO dates in the reader's time zone, oldest first, today last. */
export function lastDays(count: number, now: Date = new Date()): string[] {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  return Array.from({ length: count }, (_, index) =>
    new Date(today - (count - 1 - index) * DAY_MS).toISOString().slice(0, 10),
  );
}

/** The reader's IANA time zone, such as Europe/Berlin. */
export function ownTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
