import { Link } from "react-router";
import { Loading } from "@/components/Loading";
import { PageTitle } from "@/components/PageTitle";
import { ProblemAlert } from "@/components/ProblemAlert";
import { Button } from "@/components/ui/button";
import { SessionRow } from "./SessionRow";
import { useSessions } from "./useHistory";

export default function History() {
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useSessions();
  const sessions = data?.pages.flatMap((page) => page.sessions) ?? [];
  return (
    <div className="mx-auto max-w-2xl space-y-4">
      <PageTitle title="Your talks">The newest first. Only you can see them.</PageTitle>
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data && sessions.length === 0 && (
        <p>
          Nothing here yet.{" "}
          <Link className="font-medium underline" to="/talk">
            Have your first talk
          </Link>
        </p>
      )}
      <ul className="space-y-3">
        {sessions.map((session) => (
          <li key={session.sessionId}>
            <SessionRow session={session} />
          </li>
        ))}
      </ul>
      {hasNextPage && (
        <Button variant="outline" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          Show earlier talks
        </Button>
      )}
    </div>
  );
}
