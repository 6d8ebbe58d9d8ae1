import { FieldError } from "@/components/form/FormField";
import { Slider } from "@/components/ui/slider";

const WORDS = [
  "very low",
  "low",
  "rather low",
  "a bit low",
  "so-so",
  "okay",
  "fairly good",
  "good",
  "very good",
  "wonderful",
];

/** A mood score from 1 to 10 in words. */
export function moodWord(score: number): string {
  return WORDS[Math.round(score) - 1] ?? "";
}

interface MoodScoreProps {
  value: number;
  onChange: (value: number) => void;
  error: string | undefined;
}

export function MoodScore({ value, onChange, error }: MoodScoreProps) {
  return (
    <div className="space-y-1">
      <p className="font-medium">How is your mood right now?</p>
      <p aria-hidden="true" className="font-heading text-2xl">
        {value} <span className="text-lg text-muted-foreground">– {moodWord(value)}</span>
      </p>
      <Slider
        label="Mood, from 1 to 10"
        valueText={`${value}, ${moodWord(value)}`}
        describedBy={error && "mood-score-error"}
        min={1}
        max={10}
        step={1}
        value={[value]}
        onValueChange={([next]) => onChange(next ?? value)}
      />
      <p aria-hidden="true" className="flex justify-between text-sm text-muted-foreground">
        <span>very low</span>
        <span>wonderful</span>
      </p>
      {error && <FieldError id="mood-score-error" message={error} />}
    </div>
  );
}
