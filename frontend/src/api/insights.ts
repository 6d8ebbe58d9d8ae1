import {
  GetMoodTrendResponseSchema,
  GetSessionCountsResponseSchema,
  type MoodPoint,
  type SessionPoint,
} from "@/gen/voicecbt/insights/v1/insights_pb";
import { ownTimezone } from "@/lib/dates";
import { callFor } from "./client";

function overDays(days: number): string {
  return new URLSearchParams({ days: String(days), timezone: ownTimezone() }).toString();
}

/** One point a day that has entries, oldest first, days counted in the reader's time zone. */
export async function fetchMoodTrend(days: number): Promise<MoodPoint[]> {
  const path = `/insights/mood-trend?${overDays(days)}`;
  return (await callFor(GetMoodTrendResponseSchema, { method: "GET", path })).points;
}

/** One point a day that has sessions, oldest first, days counted in the reader's time zone. */
export async function fetchSessionCounts(days: number): Promise<SessionPoint[]> {
  const path = `/insights/sessions?${overDays(days)}`;
  return (await callFor(GetSessionCountsResponseSchema, { method: "GET", path })).points;
}
