import type { FormEvent } from "react";
import { Link } from "react-router";
import { FormField } from "@/components/form/FormField";
import { PageTitle } from "@/components/PageTitle";
import { Alert } from "@/components/ui/alert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { Input } from "@/components/ui/input";
import { Textarea } from "@/components/ui/textarea";
import { EmotionPicker } from "./EmotionPicker";
import { MoodScore } from "./MoodScore";
import { RecentMoods } from "./RecentMoods";
import { RatingScale } from "@/components/form/RatingScale";
import { useMoodForm } from "./useMoodForm";

export default function Mood() {
  const { values, set, submission, saved, save } = useMoodForm();
  const { errors, message, pending } = submission;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    void save();
  }

  return (
    <div className="mx-auto max-w-2xl">
      <PageTitle title="How are you?">A short note to yourself. Only the mood itself is needed.</PageTitle>
      <Card>
        <form onSubmit={onSubmit} noValidate className="space-y-7">
          <MoodScore
            value={values.moodScore}
            onChange={(moodScore) => set({ moodScore })}
            error={errors.mood_score}
          />
          <EmotionPicker
            value={values.emotions}
            onChange={(emotions) => set({ emotions: { ...emotions } })}
            error={errors.emotions}
          />
          <FormField
            label="Where are you, or with whom?"
            hint="Such as: at work, with family."
            error={errors.context}
          >
            {(control) => (
              <Input
                {...control}
                value={values.context}
                onChange={(event) => set({ context: event.target.value })}
              />
            )}
          </FormField>
          <FormField label="Notes" error={errors.notes}>
            {(control) => (
              <Textarea
                {...control}
                rows={4}
                value={values.notes}
                onChange={(event) => set({ notes: event.target.value })}
              />
            )}
          </FormField>
          <div className="grid gap-6 sm:grid-cols-3">
            <RatingScale
              legend="Sleep"
              low="bad"
              high="good"
              value={values.sleepQuality}
              onChange={(sleepQuality) => set({ sleepQuality })}
              error={errors.sleep_quality}
            />
            <RatingScale
              legend="Stress"
              low="none"
              high="very high"
              value={values.stressLevel}
              onChange={(stressLevel) => set({ stressLevel })}
              error={errors.stress_level}
            />
            <RatingScale
              legend="Energy"
              low="drained"
              high="full"
              value={values.energyLevel}
              onChange={(energyLevel) => set({ energyLevel })}
              error={errors.energy_level}
            />
          </div>
          {message && (
            <Alert role="alert" variant="danger">
              {message}
            </Alert>
          )}
          {Object.keys(errors).length > 0 && !message && (
            <Alert role="alert" variant="danger">
              Not saved yet: please look at what is marked above.
            </Alert>
          )}
          <Button type="submit" disabled={pending}>
            Save mood
          </Button>
          <div role="status">
            {saved && (
              <Alert variant="calm">
                Saved. Thank you for checking in with yourself.{" "}
                <Link className="font-medium underline" to="/dashboard">
                  See your overview
                </Link>
              </Alert>
            )}
          </div>
        </form>
      </Card>
      <RecentMoods />
    </div>
  );
}
