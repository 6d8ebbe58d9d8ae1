import { useId } from "react";
import { FieldError } from "@/components/form/FormField";
import { Patience } from "@/gen/voicecbt/auth/v1/auth_pb";

const CHOICES = [
  { value: Patience.BRISK, name: "Short", meaning: "answers soon after you stop" },
  { value: Patience.NORMAL, name: "Usual", meaning: "waits out a breath" },
  { value: Patience.PATIENT, name: "Long", meaning: "leaves you time to think" },
  { value: Patience.LEARNT, name: "As I speak", meaning: "learns from your own pauses" },
] as const;

interface PatienceFieldProps {
  value: Patience;
  onChange: (value: Patience) => void;
  error: string | undefined;
}

/** How long a pause may be before it counts as the end of what was said. */
export function PatienceField({ value, onChange, error }: PatienceFieldProps) {
  const name = useId();
  return (
    <fieldset className="space-y-1" aria-describedby={error && `${name}-error`}>
      <legend className="font-medium">How long a pause before I am answered?</legend>
      {CHOICES.map((choice) => (
        <label key={choice.value} className="flex min-h-11 cursor-pointer items-center gap-3">
          <input
            type="radio"
            className="size-5 shrink-0 accent-primary"
            name={name}
            checked={value === choice.value}
            onChange={() => onChange(choice.value)}
          />
          <span>
            {choice.name} <span className="text-sm text-muted-foreground">– {choice.meaning}</span>
          </span>
        </label>
      ))}
      {error && <FieldError id={`${name}-error`} message={error} />}
    </fieldset>
  );
}
