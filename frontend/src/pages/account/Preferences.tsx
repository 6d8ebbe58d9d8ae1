import type { FormEvent } from "react";
import { CountryField } from "@/components/form/CountryField";
import { FormField } from "@/components/form/FormField";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { controlClasses, Input } from "@/components/ui/input";
import { Switch } from "@/components/ui/switch";
import type { Profile } from "@/gen/voicecbt/auth/v1/auth_pb";
import { languages } from "@/lib/languages";
import { PatienceField } from "./PatienceField";
import { usePreferences } from "./usePreferences";

export function Preferences({ profile }: { profile: Profile }) {
  const { values, set, submission, saved, save } = usePreferences(profile);
  const { errors, message, pending } = submission;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void save();
  }

  return (
    <Card>
      <h2 className="mb-4 text-xl font-semibold">About you</h2>
      <form onSubmit={onSubmit} noValidate className="space-y-6">
        <FormField label="First name (optional)" hint="Only used to greet you." error={errors.first_name}>
          {(control) => (
            <Input
              {...control}
              autoComplete="given-name"
              value={values.firstName}
              onChange={(event) => set({ firstName: event.target.value })}
            />
          )}
        </FormField>
        <CountryField
          value={values.country}
          onChange={(country) => set({ country })}
          error={errors.country}
        />
        <FormField
          label="Language you speak"
          hint="Replies come in English for now, and signs of danger are noticed best in English."
          error={errors.language}
        >
          {(control) => (
            <select
              {...control}
              className={controlClasses}
              value={values.language}
              onChange={(event) => set({ language: event.target.value })}
            >
              <option value="">Find out from what I say</option>
              {languages(values.language).map(({ tag, name }) => (
                <option key={tag} value={tag} lang={tag}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </FormField>
        <PatienceField
          value={values.patience}
          onChange={(patience) => set({ patience })}
          error={errors.patience}
        />
        <Switch
          label="Do not guess how I feel"
          hint="Emotions are then neither worked out from your voice and words nor stored."
          checked={values.emotionOff}
          onCheckedChange={(emotionOff) => set({ emotionOff })}
        />
        {message && (
          <Alert role="alert" variant="danger">
            {message}
          </Alert>
        )}
        <Button type="submit" disabled={pending}>
          Save changes
        </Button>
        <div role="status">
          {saved && <Alert variant="calm">Saved. It counts from your next talk on.</Alert>}
        </div>
      </form>
    </Card>
  );
}
