import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type MoodFields, recordMood } from "@/api/moods";
import { type Submission, useSubmit } from "@/components/form/useSubmit";
import { useIdempotencyKey } from "./useIdempotencyKey";
import { MOODS_KEY } from "./useMoods";

const EMPTY: MoodFields = {
  moodScore: 5,
  emotions: {},
  context: "",
  notes: "",
  sleepQuality: 0,
  stressLevel: 0,
  energyLevel: 0,
};

const FIELDS = [
  "mood_score",
  "emotions",
  "context",
  "notes",
  "sleep_quality",
  "stress_level",
  "energy_level",
];

export interface MoodForm {
  readonly values: MoodFields;
  readonly set: (change: Partial<MoodFields>) => void;
  readonly submission: Submission<MoodFields>;
  /** The last thing that happened was that an entry was saved. */
  readonly saved: boolean;
  readonly save: () => Promise<void>;
}

/** A mood entry that is being written. */
export function useMoodForm(): MoodForm {
  const client = useQueryClient();
  const [values, setValues] = useState(EMPTY);
  const [saved, setSaved] = useState(false);
  const { keyFor, saved: keyUsed } = useIdempotencyKey();
  const submission = useSubmit<MoodFields>(FIELDS, async (fields) => {
    await recordMood(fields, keyFor(fields));
    keyUsed();
    await Promise.all([
      client.invalidateQueries({ queryKey: MOODS_KEY }),
      client.invalidateQueries({ queryKey: ["insights"] }),
    ]);
  });

  async function save() {
    setSaved(false);
    if (!(await submission.submit(values))) return;
    setValues(EMPTY);
    setSaved(true);
  }

  function set(change: Partial<MoodFields>) {
    setSaved(false);
    setValues((before) => ({ ...before, ...change }));
  }

  return { values, set, submission, saved, save };
}
