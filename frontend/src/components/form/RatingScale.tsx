import { useId } from "react";
import { FieldError } from "./FormField";

const VALUES = [1, 2, 3, 4, 5] as const;

interface RatingScaleProps {
  legend: string;
  /** What 1 and 5 mean. */
  low: string;
  high: string;
  /** 0 as long as nothing is told. */
  value: number;
  onChange: (value: number) => void;
  error: string | undefined;
}

/** A scale from 1 to 5 that may stay untold: choosing the chosen value again takes it back. */
export function RatingScale({ legend, low, high, value, onChange, error }: RatingScaleProps) {
  const name = useId();
  return (
    <fieldset className="space-y-1.5" aria-describedby={error && `${name}-error`}>
      <legend className="font-medium">{legend}</legend>
      <div className="flex gap-1.5">
        {VALUES.map((option) => (
          <label key={option} className="grow cursor-pointer">
            <input
              type="radio"
              className="peer sr-only"
              name={name}
              value={option}
              checked={value === option}
              onChange={() => onChange(option)}
              onClick={() => value === option && onChange(0)}
              aria-label={`${option} of 5${option === 1 ? `, ${low}` : ""}${option === 5 ? `, ${high}` : ""}`}
            />
            <span className="flex min-h-11 items-center justify-center rounded-xl border border-input bg-card peer-checked:border-primary peer-checked:bg-accent peer-checked:font-semibold peer-checked:text-accent-foreground peer-focus-visible:outline-3 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-ring">
              {option}
            </span>
          </label>
        ))}
      </div>
      <p aria-hidden="true" className="flex justify-between text-sm text-muted-foreground">
        <span>{low}</span>
        <span>{high}</span>
      </p>
      {error && <FieldError id={`${name}-error`} message={error} />}
    </fieldset>
  );
}
