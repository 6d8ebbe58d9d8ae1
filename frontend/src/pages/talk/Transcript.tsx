import type { ConversationState, Phase } from "@/conversation/state";
import { Card } from "@/components/ui/card";
import { TurnCard } from "@/components/turn/TurnCard";

/** The words as they are recognised, then the turns, the latest first. */
export function Transcript({ state, phase }: { state: ConversationState; phase: Phase }) {
  const [latest, ...earlier] = state.turns.toReversed();
  const hearing = state.partial !== "" || state.hearing;
  return (
    <section aria-label="Conversation" className="space-y-4">
      {hearing && (
        <Card>
          <h3 className="text-sm font-semibold text-muted-foreground">You are saying</h3>
          <p data-testid="transcript" className="mt-2 text-lg text-muted-foreground italic">
            {state.partial || "…"}
          </p>
        </Card>
      )}
      {latest && <TurnCard turn={latest} current={!hearing} announce={phase !== "speaking"} />}
      {earlier.length > 0 && (
        <>
          <h2 className="pt-4 text-xl font-semibold">Earlier in this talk</h2>
          {earlier.map((turn) => (
            <TurnCard key={turn.turnId} turn={turn} />
          ))}
        </>
      )}
    </section>
  );
}
