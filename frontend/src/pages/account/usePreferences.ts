import { create } from "@bufbuild/protobuf";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { updateProfile } from "@/api/auth";
import { type Submission, useSubmit } from "@/components/form/useSubmit";
import { Patience, PreferencesSchema, type Profile } from "@/gen/voicecbt/auth/v1/auth_pb";
import { PROFILE_KEY } from "@/session/useSession";

export interface PreferenceFields {
  readonly firstName: string;
  readonly country: string;
  readonly language: string;
  readonly patience: Patience;
  readonly emotionOff: boolean;
}

const FIELDS = ["first_name", "country", "language", "patience", "emotion_off"];

function fieldsOf({ firstName, country, preferences }: Profile): PreferenceFields {
  const patience = preferences?.patience ?? Patience.UNSPECIFIED;
  return {
    firstName,
    country,
    language: preferences?.language ?? "",
    patience: patience === Patience.UNSPECIFIED ? Patience.NORMAL : patience,
    emotionOff: preferences?.emotionOff ?? false,
  };
}

/** The profile with these fields, and with all others as they were: what is left out would be cleared. */
function withFields(profile: Profile, fields: PreferenceFields): Profile {
  const { firstName, country, ...chosen } = fields;
  const preferences = create(PreferencesSchema, { voice: profile.preferences?.voice ?? "", ...chosen });
  return { ...profile, firstName: firstName.trim(), country, preferences };
}

export interface PreferencesForm {
  readonly values: PreferenceFields;
  readonly set: (change: Partial<PreferenceFields>) => void;
  readonly submission: Submission<PreferenceFields>;
  /** The last thing that happened was that they were saved. */
  readonly saved: boolean;
  readonly save: () => Promise<void>;
}

/** What a person can change about the account. */
export function usePreferences(profile: Profile): PreferencesForm {
  const client = useQueryClient();
  const [values, setValues] = useState(() => fieldsOf(profile));
  const [saved, setSaved] = useState(false);
  const submission = useSubmit<PreferenceFields>(FIELDS, async (fields) => {
    client.setQueryData(PROFILE_KEY, await updateProfile(withFields(profile, fields)));
  });

  async function save() {
    setSaved(false);
    setSaved(await submission.submit(values));
  }

  function set(change: Partial<PreferenceFields>) {
    setSaved(false);
    setValues((before) => ({ ...before, ...change }));
  }

  return { values, set, submission, saved, save };
}
