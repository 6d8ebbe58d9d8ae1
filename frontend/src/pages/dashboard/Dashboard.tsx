import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { Link } from "react-router";
import { fetchMoodTrend, fetchSessionCounts } from "@/api/insights";
import { Loading } from "@/components/Loading";
import { PageTitle } from "@/components/PageTitle";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Button } from "@/components/ui/button";
import { Card } from "@/components/ui/card";
import { lastDays } from "@/lib/dates";
import { useSession } from "@/session/useSession";
import { MoodChart } from "./MoodChart";
import { SessionsChart } from "./SessionsChart";

const DAYS = 30;

interface ChartCardProps<T> {
  title: string;
  query: UseQueryResult<T[]>;
  /** Shown as long as there is nothing to draw. */
  empty: string;
  children: (points: T[]) => ReactNode;
}

function ChartCard<T>({ title, query, empty, children }: ChartCardProps<T>) {
  const { data, error, refetch } = query;
  return (
    <Card>
      <h2 className="mb-3 text-xl font-semibold">{title}</h2>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.length === 0 && <p className="py-6 text-muted-foreground">{empty}</p>}
      {data && data.length > 0 && children(data)}
    </Card>
  );
}

export default function Dashboard() {
  const { profile } = useSession();
  const days = useMemo(() => lastDays(DAYS), []);
  const moods = useQuery({ queryKey: ["insights", "moods"], queryFn: () => fetchMoodTrend(DAYS) });
  const sessions = useQuery({ queryKey: ["insights", "sessions"], queryFn: () => fetchSessionCounts(DAYS) });
  const name = profile?.firstName ?? "";
  return (
    <div className="space-y-5">
      <PageTitle title={name ? `Hello, ${name}` : "Hello"}>How the last {DAYS} days have been.</PageTitle>
      <div className="flex flex-wrap gap-3">
        <Button asChild>
          <Link to="/talk">Talk now</Link>
        </Button>
        <Button asChild variant="outline">
          <Link to="/mood">Note your mood</Link>
        </Button>
        <Button asChild variant="outline">
          <Link to="/history">Past talks</Link>
        </Button>
      </div>
      <ChartCard
        title="Your mood"
        query={moods}
        empty="No mood noted yet. One note a day is enough to see a line."
      >
        {(points) => <MoodChart days={days} points={points} />}
      </ChartCard>
      <ChartCard title="Your talks" query={sessions} empty="No talks yet.">
        {(points) => <SessionsChart days={days} points={points} />}
      </ChartCard>
    </div>
  );
}
