import type { EmotionEstimate } from "@/gen/voicecbt/emotion/v1/emotion_pb";
import type { Citation, Helpline } from "@/gen/voicecbt/rag/v1/rag_pb";
import type { Turn } from "@/gen/voicecbt/session/v1/turn_pb";
import type { Connection } from "./socket";

/** What the companion is doing, as the person sees it. */
export type Phase = "idle" | "listening" | "hearing" | "thinking" | "speaking";

/** One exchange, as far as it is known. */
export interface TurnView {
  readonly turnId: string;
  readonly transcript: string;
  readonly emotion: EmotionEstimate | null;
  /** By sentence index; a sentence may come in several deltas. */
  readonly sentences: readonly string[];
  readonly technique: string;
  readonly citations: readonly Citation[];
  /** Human help was called for: not the time for guesses, techniques and ratings. */
  readonly needsHelp: boolean;
  /** How helpful the person found it, from 1 to 5; 0 as long as nothing is told. */
  readonly satisfaction: number;
  readonly status: "running" | "completed" | "failed";
}

/** Something to tell the person about the service itself, in plain words. */
export interface Notice {
  readonly kind: "failed" | "degraded";
  readonly message: string;
  /** The turn that can be sent again by the same id, if it was typed. */
  readonly retryTurnId: string | null;
}

export interface ConversationState {
  readonly connection: Connection;
  readonly microphoneOn: boolean;
  readonly playing: boolean;
  /** The person's voice was heard and has not yet become a turn. */
  readonly hearing: boolean;
  /** Since the microphone went on, something that was said has become a turn. */
  readonly understood: boolean;
  /** End of speech was sent and the server has not answered yet. */
  readonly awaiting: boolean;
  readonly partial: string;
  readonly turns: readonly TurnView[];
  /** Shown until the session ends: help must not disappear by itself. */
  readonly helplines: readonly Helpline[];
  readonly notice: Notice | null;
}

export const initialConversation: ConversationState = {
  connection: "closed",
  microphoneOn: false,
  playing: false,
  hearing: false,
  understood: false,
  awaiting: false,
  partial: "",
  turns: [],
  helplines: [],
  notice: null,
};

export function newTurn(turnId: string, transcript = ""): TurnView {
  return {
    turnId,
    transcript,
    emotion: null,
    sentences: [],
    technique: "",
    citations: [],
    needsHelp: false,
    satisfaction: 0,
    status: "running",
  };
}

/** A turn that the server keeps, as it is shown. */
export function completedTurn(turn: Turn): TurnView {
  return {
    turnId: turn.turnId,
    transcript: turn.transcript,
    emotion: turn.emotion ?? null,
    sentences: turn.reply === "" ? [] : [turn.reply],
    technique: turn.technique,
    citations: turn.citations,
    needsHelp: (turn.safety?.helplines.length ?? 0) > 0,
    satisfaction: turn.satisfaction,
    status: "completed",
  };
}

export function runningTurn(state: ConversationState): TurnView | undefined {
  return state.turns.findLast((turn) => turn.status === "running");
}

/** The last turn that is known to be kept by the server; empty when there is none. */
export function lastCompletedId(state: ConversationState): string {
  return state.turns.findLast((turn) => turn.status === "completed")?.turnId ?? "";
}

export function phaseOf(state: ConversationState): Phase {
  if (state.playing) return "speaking";
  if (state.awaiting || runningTurn(state)) return "thinking";
  if (state.microphoneOn) return state.hearing ? "hearing" : "listening";
  return "idle";
}
