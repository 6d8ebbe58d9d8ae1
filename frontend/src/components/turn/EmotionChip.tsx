import { Badge } from "@/components/ui/badge";
import { type EmotionEstimate, Method } from "@/gen/voicecbt/emotion/v1/emotion_pb";
import { emotionAdjective } from "@/lib/emotions";

interface EmotionChipProps {
  estimate: EmotionEstimate;
  testId?: string | undefined;
}

/** What a person seems to feel. Always worded as a guess, because it is one. */
export function EmotionChip({ estimate, testId }: EmotionChipProps) {
  const adjective = estimate.abstained ? "" : emotionAdjective(estimate.primary);
  if (adjective === "") return <Badge data-testid={testId}>How you feel: not sure</Badge>;
  const early = estimate.method === Method.HEURISTIC;
  return (
    <Badge data-testid={testId}>
      <span>
        You sound <strong>{adjective}</strong>
      </span>
      <span>
        (a guess, {Math.round(estimate.confidence * 100)}% sure{early && "; early estimate"})
      </span>
    </Badge>
  );
}
