import { TurnCard } from "@/components/turn/TurnCard";
import type { TurnView } from "@/conversation/state";

interface EarlierTurnsProps {
  turns: readonly TurnView[];
  sessionId: string | null;
}

/** All turns but the latest, which has a place of its own; the newest first. */
export function EarlierTurns({ turns, sessionId }: EarlierTurnsProps) {
  const earlier = turns.slice(0, -1).reverse();
  if (earlier.length === 0) return null;
  return (
    <section aria-labelledby="earlier" className="space-y-4">
      <h2 id="earlier" className="pt-4 text-xl font-semibold">
        Earlier in this talk
      </h2>
      {earlier.map((turn) => (
        <TurnCard key={turn.turnId} turn={turn} sessionId={sessionId} />
      ))}
    </section>
  );
}
