import { useMemo } from "react";
import { controlClasses } from "@/components/ui/input";
import { countries } from "@/lib/countries";
import { FormField } from "./FormField";

interface CountryFieldProps {
  /** ISO 3166 alpha-2; empty when not told. */
  value: string;
  onChange: (value: string) => void;
  error: string | undefined;
}

export function CountryField({ value, onChange, error }: CountryFieldProps) {
  const all = useMemo(() => countries(), []);
  return (
    <FormField label="Country (optional)" hint="So that we can show you the right helplines." error={error}>
      {(control) => (
        <select
          {...control}
          className={controlClasses}
          autoComplete="country"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          <option value="">I would rather not say</option>
          {all.map(({ code, name }) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
      )}
    </FormField>
  );
}
