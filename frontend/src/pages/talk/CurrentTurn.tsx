import type { ConversationState, Phase } from "@/conversation/state";
import { Card } from "@/components/ui/card";
import { TurnCard } from "@/components/turn/TurnCard";

interface CurrentTurnProps {
  state: ConversationState;
  phase: Phase;
  sessionId: string | null;
}

/** The words as they are recognised, and the latest turn. */
export function CurrentTurn({ state, phase, sessionId }: CurrentTurnProps) {
  const latest = state.turns.at(-1);
  const hearing = state.partial !== "" || state.hearing;
  return (
    <section aria-label="Conversation" className="space-y-4">
      {hearing && (
        <Card>
          <h2 className="text-sm font-semibold text-muted-foreground">You are saying</h2>
          <p data-testid="transcript" className="mt-2 text-lg text-muted-foreground italic">
            {state.partial || "…"}
          </p>
        </Card>
      )}
      {latest && (
        <TurnCard
          key={latest.turnId}
          turn={latest}
          sessionId={sessionId}
          current={!hearing}
          announce={phase !== "speaking"}
        />
      )}
    </section>
  );
}
