import { Link, useParams } from "react-router";
import { Loading } from "@/components/Loading";
import { PageTitle } from "@/components/PageTitle";
import { ProblemAlert } from "@/components/ProblemAlert";
import { TurnCard } from "@/components/turn/TurnCard";
import { completedTurn } from "@/conversation/state";
import { dayAndTime } from "@/lib/dates";
import { usePastSession } from "./useHistory";

export default function PastSession() {
  const { id = "" } = useParams();
  const { data, error, refetch } = usePastSession(id);
  return (
    <div className="mx-auto max-w-2xl space-y-4">
      <Link className="font-medium underline" to="/history">
        All talks
      </Link>
      <PageTitle title={data ? `Talk of ${dayAndTime(data.session?.startTime)}` : "A past talk"} />
      {error && <ProblemAlert error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Loading />}
      {data?.turns.length === 0 && <p>Nothing was said in this talk.</p>}
      <ol className="space-y-4">
        {data?.turns.map((turn) => (
          <li key={turn.turnId}>
            <TurnCard turn={completedTurn(turn)} sessionId={id} />
          </li>
        ))}
      </ol>
    </div>
  );
}
