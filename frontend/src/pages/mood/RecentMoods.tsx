import { useState } from "react";
import { Loading } from "@/components/Loading";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Button } from "@/components/ui/button";
import { MoodRow } from "./MoodRow";
import { useMoods } from "./useMoods";

/** What was noted before, with a way to take it back. */
export function RecentMoods() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useMoods();
  const [deleted, setDeleted] = useState(false);
  const moods = data?.pages.flatMap((page) => page.moods) ?? [];
  return (
    <section aria-labelledby="recent-moods" className="mt-8 space-y-3">
      <h2 id="recent-moods" className="text-xl font-semibold">
        What you noted before
      </h2>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && moods.length === 0 && <p className="text-muted-foreground">Nothing yet.</p>}
      <p role="status" className="text-sm text-muted-foreground empty:hidden">
        {deleted && "The note is deleted."}
      </p>
      <ul className="space-y-3">
        {moods.map((mood) => (
          <MoodRow key={mood.moodId} mood={mood} onDeleted={() => setDeleted(true)} />
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="outline" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show earlier notes
        </Button>
      )}
    </section>
  );
}
