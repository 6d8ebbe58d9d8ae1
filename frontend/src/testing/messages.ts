import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { EmotionEstimateSchema, EmotionLabel, Method } from "@/gen/voicecbt/emotion/v1/emotion_pb";
import { type ConverseResponse, ConverseResponseSchema } from "@/gen/voicecbt/session/v1/session_pb";
import { type Turn, TurnSchema } from "@/gen/voicecbt/session/v1/turn_pb";

type EventInit = NonNullable<MessageInitShape<typeof ConverseResponseSchema>["event"]>;

/** One event of the server. */
export function response(event: EventInit, turnId = ""): ConverseResponse {
  return create(ConverseResponseSchema, { event, turnId });
}

/** A turn as the server keeps it. */
export function keptTurn(turnId: string, change: MessageInitShape<typeof TurnSchema> = {}): Turn {
  return create(TurnSchema, {
    turnId,
    transcript: "I cannot sleep",
    reply: "That sounds tiring.",
    technique: "sleep_hygiene",
    citations: [{ documentId: "a", title: "Sleeping better", sources: ["A book, 2010"] }],
    emotion: anxious(),
    ...change,
  });
}

export function anxious(change: MessageInitShape<typeof EmotionEstimateSchema> = {}) {
  return create(EmotionEstimateSchema, {
    primary: EmotionLabel.ANXIETY,
    confidence: 0.62,
    method: Method.HEURISTIC,
    ...change,
  });
}
