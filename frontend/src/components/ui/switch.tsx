import { type InputHTMLAttributes, useId } from "react";
import { cn } from "@/lib/cn";

type SwitchProps = Omit<InputHTMLAttributes<HTMLInputElement>, "onChange" | "type" | "role" | "id"> & {
  label: string;
  hint?: string;
  onCheckedChange: (checked: boolean) => void;
};

/** Something that is on or off, and takes effect or is saved with the rest; a checkbox to browsers. */
export function Switch({ label, hint, className, onCheckedChange, ...props }: SwitchProps) {
  const id = useId();
  return (
    <div className={className}>
      <label htmlFor={id} className="inline-flex min-h-11 cursor-pointer items-center gap-3">
        <input
          id={id}
          type="checkbox"
          role="switch"
          className="peer sr-only"
          aria-describedby={hint && `${id}-hint`}
          onChange={(event) => onCheckedChange(event.target.checked)}
          {...props}
        />
        <span
          aria-hidden="true"
          className={cn(
            "h-7 w-12 shrink-0 rounded-full border border-input bg-muted p-0.5 transition-colors",
            "peer-checked:border-primary peer-checked:bg-primary peer-checked:*:translate-x-5 peer-checked:*:bg-primary-foreground",
            "peer-focus-visible:outline-3 peer-focus-visible:outline-offset-2 peer-focus-visible:outline-ring",
          )}
        >
          <span className="block size-5.5 rounded-full bg-muted-foreground transition-transform motion-reduce:transition-none" />
        </span>
        <span className="font-medium">{label}</span>
      </label>
      {hint && (
        <p id={`${id}-hint`} className="text-sm text-muted-foreground">
          {hint}
        </p>
      )}
    </div>
  );
}
