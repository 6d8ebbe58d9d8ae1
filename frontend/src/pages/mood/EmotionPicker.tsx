import { FieldError } from "@/components/form/FormField";
import { controlClasses } from "@/components/ui/input";
import { Toggle } from "@/components/ui/toggle";
import { EMOTIONS } from "@/lib/emotions";

/** Strengths that people can tell apart, as shares of 1. */
const STRENGTHS = [
  { value: 0.3, name: "a little" },
  { value: 0.6, name: "quite a bit" },
  { value: 1, name: "very much" },
] as const;
const FIRST_STRENGTH = 0.6;

export type Strengths = Readonly<Record<string, number>>;

interface EmotionPickerProps {
  value: Strengths;
  onChange: (value: Strengths) => void;
  error: string | undefined;
}

export function EmotionPicker({ value, onChange, error }: EmotionPickerProps) {
  function toggle(name: string, on: boolean) {
    const others = Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    onChange(on ? { ...others, [name]: FIRST_STRENGTH } : others);
  }

  return (
    <fieldset className="space-y-2">
      <legend className="font-medium">What do you feel?</legend>
      <p className="text-sm text-muted-foreground">Choose as many as fit, or none.</p>
      <div className="flex flex-wrap gap-2">
        {EMOTIONS.map(({ name, noun }) => (
          <Toggle key={name} pressed={name in value} onPressedChange={(on) => toggle(name, on)}>
            {noun}
          </Toggle>
        ))}
      </div>
      <div className="grid gap-2 pt-1 sm:grid-cols-2">
        {EMOTIONS.filter(({ name }) => name in value).map(({ name, noun }) => (
          <label key={name} className="flex items-center gap-3">
            <span className="w-28 shrink-0 text-sm">How much {noun}?</span>
            <select
              className={controlClasses}
              value={value[name]}
              onChange={(event) => onChange({ ...value, [name]: Number(event.target.value) })}
            >
              {STRENGTHS.map((strength) => (
                <option key={strength.value} value={strength.value}>
                  {strength.name}
                </option>
              ))}
            </select>
          </label>
        ))}
      </div>
      {error && <FieldError id="emotions-error" message={error} />}
    </fieldset>
  );
}
