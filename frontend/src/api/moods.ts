import { create } from "@bufbuild/protobuf";
import {
  type Mood,
  MoodSchema,
  RecordMoodRequestSchema,
  RecordMoodResponseSchema,
} from "@/gen/voicecbt/journal/v1/journal_pb";
import { callFor, json } from "./client";

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
