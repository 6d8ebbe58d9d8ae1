import { useState } from "react";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Button } from "@/components/ui/button";
import type { Mood } from "@/gen/voicecbt/journal/v1/journal_pb";
import { dayAndTime } from "@/lib/dates";
import { emotionNoun } from "@/lib/emotions";
import { moodWord } from "./MoodScore";
import { useDeleteMood } from "./useMoods";

/** The emotions, the strongest first, and where it was. */
function details({ emotions, context }: Mood): string {
  const felt = Object.entries(emotions)
    .sort(([, a], [, b]) => b - a)
    .map(([name]) => emotionNoun(name));
  return [felt.join(", "), context].filter(Boolean).join(" · ");
}

interface MoodRowProps {
  mood: Mood;
  onDeleted: () => void;
}

/** Asks once more: what is deleted is gone. The first button stays, so that a keyboard does not lose its place. */
function DeleteMood({ mood, onDeleted }: MoodRowProps) {
  const [asked, setAsked] = useState(false);
  const { mutate, isPending, error } = useDeleteMood();
  const time = dayAndTime(mood.time);
  return (
    <div className="ml-auto flex flex-wrap items-center justify-end gap-2">
      <Button
        variant={asked ? "outline" : "ghost"}
        aria-label={asked ? `Keep the note of ${time}` : `Delete the note of ${time}`}
        onClick={() => setAsked(!asked)}
      >
        {asked ? "Keep" : "Delete"}
      </Button>
      {asked && (
        <Button
          variant="danger"
          disabled={isPending}
          onClick={() => mutate(mood.moodId, { onSuccess: onDeleted })}
        >
          Delete for good
        </Button>
      )}
      {error && <ProblemAlert error={error} />}
    </div>
  );
}

export function MoodRow({ mood, onDeleted }: MoodRowProps) {
  const more = details(mood);
  return (
    <li className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 rounded-2xl border bg-card p-4">
      <div className="min-w-0 grow basis-60">
        <p className="text-lg font-medium">
          {mood.moodScore}{" "}
          <span className="font-normal text-muted-foreground">– {moodWord(mood.moodScore)}</span>
        </p>
        <p className="text-sm text-muted-foreground">{dayAndTime(mood.time)}</p>
        {more && <p className="text-sm text-muted-foreground">{more}</p>}
        {mood.notes && <p className="mt-1 whitespace-pre-wrap wrap-anywhere">{mood.notes}</p>}
      </div>
      <DeleteMood mood={mood} onDeleted={onDeleted} />
    </li>
  );
}
