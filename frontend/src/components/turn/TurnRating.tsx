import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { rateTurn } from "@/api/sessions";
import { RatingScale } from "@/components/form/RatingScale";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Button } from "@/components/ui/button";

interface TurnRatingProps {
  sessionId: string;
  turnId: string;
  /** As rated before, from 1 to 5; 0 when it was not. */
  satisfaction: number;
}

/** Asks how helpful a reply was, but only whoever wants to be asked. */
export function TurnRating({ sessionId, turnId, satisfaction }: TurnRatingProps) {
  const [open, setOpen] = useState(false);
  const [value, setValue] = useState(satisfaction);
  const rating = useMutation({
    mutationFn: () => rateTurn(sessionId, turnId, value),
    onSuccess: () => setOpen(false),
  });
  const rated = satisfaction > 0 || rating.isSuccess;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (value > 0) rating.mutate();
  }

  return (
    <div className="space-y-2">
      <div className="flex flex-wrap items-center gap-2 text-sm text-muted-foreground">
        <Button
          variant="ghost"
          className="-ml-3 px-3 text-sm underline underline-offset-4"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {rated ? "Change your rating" : "Rate this reply"}
        </Button>
        {rating.isSuccess && !open && <span role="status">Thank you for telling us.</span>}
      </div>
      {open && (
        <form onSubmit={onSubmit} className="max-w-sm space-y-3">
          <RatingScale
            legend="How helpful was this?"
            low="not at all"
            high="very"
            value={value}
            onChange={setValue}
            error={undefined}
          />
          {rating.error && <ProblemAlert error={rating.error} />}
          <Button type="submit" variant="outline" disabled={value === 0 || rating.isPending}>
            Send rating
          </Button>
        </form>
      )}
    </div>
  );
}
