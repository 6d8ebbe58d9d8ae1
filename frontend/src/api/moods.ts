import { create } from "@bufbuild/protobuf";
import {
  DeleteMoodResponseSchema,
  type ListMoodsResponse,
  ListMoodsResponseSchema,
  type Mood,
  MoodSchema,
  RecordMoodRequestSchema,
  RecordMoodResponseSchema,
} from "@/gen/voicecbt/journal/v1/journal_pb";
import { newId } from "@/lib/ids";
import { callFor, json } from "./client";

/** As many as fit below the form without becoming a page of their own. */
const PAGE_SIZE = 5;

/** What a person tells about a mood; 0 means "not told" for the last three. */
export type MoodFields = Pick<
  Mood,
  "moodScore" | "emotions" | "context" | "notes" | "sleepQuality" | "stressLevel" | "energyLevel"
>;

/** Saves a mood entry; the same key gives the same entry. */
export async function recordMood(fields: MoodFields, idempotencyKey: string): Promise<Mood | undefined> {
  const message = create(RecordMoodRequestSchema, { mood: create(MoodSchema, fields) });
  const request = {
    method: "POST",
    path: "/moods",
    body: json(RecordMoodRequestSchema, message),
    idempotencyKey,
  } as const;
  return (await callFor(RecordMoodResponseSchema, request)).mood;
}

/** Newest first; the empty token asks for the first page. */
export function listMoods(pageToken: string): Promise<ListMoodsResponse> {
  const query = new URLSearchParams({ page_size: String(PAGE_SIZE) });
  if (pageToken !== "") query.set("page_token", pageToken);
  return callFor(ListMoodsResponseSchema, { method: "GET", path: `/moods?${query.toString()}` });
}

export async function deleteMood(moodId: string): Promise<void> {
  const path = `/moods/${encodeURIComponent(moodId)}`;
  await callFor(DeleteMoodResponseSchema, { method: "DELETE", path, idempotencyKey: newId() });
}
