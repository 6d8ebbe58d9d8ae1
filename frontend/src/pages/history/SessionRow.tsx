import { Link } from "react-router";
import { type Session, SessionStatus } from "@/gen/voicecbt/session/v1/session_pb";
import { dayAndTime, inMinutes } from "@/lib/dates";
import { emotionNoun } from "@/lib/emotions";

/** The two emotions that came up most, in words. */
function mostFelt(summary: Readonly<Record<string, number>>): string {
  const ranked = Object.entries(summary).sort(([, a], [, b]) => b - a);
  return ranked
    .slice(0, 2)
    .map(([name]) => emotionNoun(name))
    .join(", ");
}

function details(session: Session): string {
  const turns = session.turnCount === 1 ? "1 turn" : `${session.turnCount} turns`;
  const length = session.duration ? inMinutes(Number(session.duration.seconds)) : "";
  const open = session.status === SessionStatus.ACTIVE ? "not ended yet" : "";
  return [turns, length, open].filter(Boolean).join(" · ");
}

export function SessionRow({ session }: { session: Session }) {
  const felt = mostFelt(session.emotionSummary);
  return (
    <Link
      to={`/history/${session.sessionId}`}
      className="block rounded-2xl border bg-card p-4 hover:border-primary hover:bg-muted"
    >
      <span className="block text-lg font-medium">{dayAndTime(session.startTime)}</span>
      <span className="block text-sm text-muted-foreground">{details(session)}</span>
      {felt && <span className="block text-sm text-muted-foreground">Our guess at what came up: {felt}</span>}
    </Link>
  );
}
