import type { TurnView } from "@/conversation/state";
import { Card } from "@/components/ui/card";
import { EmotionChip } from "./EmotionChip";
import { ReplyBasis } from "./ReplyBasis";
import { TurnRating } from "./TurnRating";

interface TurnCardProps {
  turn: TurnView;
  /** Of which session it is; null when that is over and forgotten, and its replies cannot be rated here. */
  sessionId: string | null;
  /** Names the parts for browser tests; only the latest turn carries them, so that each is there once. */
  current?: boolean;
  /** Whether the reply is read out by a screen reader as it comes; not while it is spoken anyway. */
  announce?: boolean;
}

/** What was said and what was answered. */
export function TurnCard({ turn, sessionId, current = false, announce = false }: TurnCardProps) {
  const reply = turn.sentences.map((sentence) => sentence.trim()).join(" ");
  return (
    <Card className="space-y-4">
      <div className="space-y-2">
        <h2 className="text-sm font-semibold text-muted-foreground">You said</h2>
        <p data-testid={current ? "transcript" : undefined} className="text-lg whitespace-pre-wrap">
          {turn.transcript}
        </p>
        {turn.emotion && !turn.needsHelp && (
          <EmotionChip estimate={turn.emotion} testId={current ? "emotion" : undefined} />
        )}
      </div>
      {reply !== "" && (
        <div className="space-y-2 border-t pt-4">
          <h2 className="text-sm font-semibold text-muted-foreground">Companion</h2>
          <p
            data-testid={current ? "reply" : undefined}
            aria-live={announce ? "polite" : "off"}
            className="text-lg whitespace-pre-wrap"
          >
            {reply}
          </p>
          {!turn.needsHelp && <ReplyBasis technique={turn.technique} citations={turn.citations} />}
          {!turn.needsHelp && turn.status === "completed" && sessionId !== null && (
            <TurnRating sessionId={sessionId} turnId={turn.turnId} satisfaction={turn.satisfaction} />
          )}
        </div>
      )}
    </Card>
  );
}
