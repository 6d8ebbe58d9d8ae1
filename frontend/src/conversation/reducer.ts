import type { ConverseResponse, TurnFailed } from "@/gen/voicecbt/session/v1/session_pb";
import type { Helpline } from "@/gen/voicecbt/rag/v1/rag_pb";
import type { Turn } from "@/gen/voicecbt/session/v1/turn_pb";
import type { Connection } from "./socket";
import {
  completedTurn,
  type ConversationState,
  initialConversation,
  newTurn,
  type Notice,
  runningTurn,
  type TurnView,
} from "./state";

export type ConversationAction =
  | { readonly type: "server"; readonly response: ConverseResponse }
  | { readonly type: "connection"; readonly connection: Connection }
  | { readonly type: "microphone"; readonly on: boolean }
  | { readonly type: "playing"; readonly playing: boolean }
  | { readonly type: "typed"; readonly turnId: string; readonly text: string }
  | { readonly type: "speech_ended" }
  | { readonly type: "not_started"; readonly message: string }
  | { readonly type: "notice_read" }
  | { readonly type: "reset" };

/** What the person sees of a conversation after one more event. Pure. */
export function conversationReducer(state: ConversationState, action: ConversationAction): ConversationState {
  switch (action.type) {
    case "server":
      return afterEvent(state, action.response);
    case "connection":
      return afterConnection(state, action.connection);
    case "microphone":
      return {
        ...state,
        microphoneOn: action.on,
        hearing: action.on && state.hearing,
        understood: state.understood && !action.on,
      };
    case "playing":
      return { ...state, playing: action.playing };
    case "typed":
      return {
        ...withTurn(state, action.turnId, { transcript: action.text, status: "running" }),
        notice: null,
      };
    case "speech_ended":
      return { ...state, awaiting: true, hearing: false, notice: null };
    case "not_started":
      return afterNotStarted(state, action.message);
    case "notice_read":
      return { ...state, notice: null };
    case "reset":
      return { ...initialConversation, microphoneOn: state.microphoneOn };
  }
}

function afterEvent(state: ConversationState, { event, turnId }: ConverseResponse): ConversationState {
  switch (event.case) {
    case "opened":
      return afterOpened(state, event.value.missedTurns);
    case "speechStarted":
      return { ...state, hearing: true, partial: "", notice: null };
    case "speechStopped":
      return { ...state, hearing: false };
    case "partialTranscript":
      return { ...state, partial: event.value.text };
    case "turnStarted":
      return { ...withTurn(state, turnId, { status: "running", sentences: [] }), ...HEARD, notice: null };
    case "finalTranscript":
      return { ...withTurn(state, turnId, { transcript: event.value.text }), ...HEARD, understood: true };
    case "emotion":
      return withTurn(state, turnId, { emotion: event.value.estimate ?? null });
    case "safety":
      return afterSafety(state, turnId, event.value.safety?.helplines ?? []);
    case "replyDelta":
      return withSentence(state, turnId, event.value.sentenceIndex, event.value.text);
    case "turnCompleted":
      return event.value.turn ? withCompleted(state, event.value.turn) : state;
    case "turnFailed":
      return afterFailure(state, turnId, event.value);
    case "degraded":
      return { ...state, notice: notice("degraded", event.value.message) };
    case "error":
      return afterProtocolError(state, event.value.field, event.value.message);
    default:
      return state;
  }
}

/** The words have arrived at the server: nothing of this utterance is pending any more. */
const HEARD = { awaiting: false, hearing: false, partial: "" } as const;

function notice(kind: Notice["kind"], message: string, retryTurnId: string | null = null): Notice {
  return { kind, message, retryTurnId };
}

function withTurn(state: ConversationState, turnId: string, change: Partial<TurnView>): ConversationState {
  const known = state.turns.some((turn) => turn.turnId === turnId);
  const turns = known ? state.turns : [...state.turns, newTurn(turnId)];
  return { ...state, turns: turns.map((turn) => (turn.turnId === turnId ? { ...turn, ...change } : turn)) };
}

function withSentence(
  state: ConversationState,
  turnId: string,
  index: number,
  text: string,
): ConversationState {
  const before = state.turns.find((turn) => turn.turnId === turnId)?.sentences ?? [];
  const sentences = Array.from({ length: Math.max(before.length, index + 1) }, (_, at) => before[at] ?? "");
  sentences[index] = `${sentences[index] ?? ""}${text}`;
  return withTurn(state, turnId, { sentences });
}

/** The server's own record has the last word. */
function withCompleted(state: ConversationState, turn: Turn): ConversationState {
  const next = withTurn(state, turn.turnId, completedTurn(turn));
  return withHelplines({ ...next, awaiting: false }, turn.safety?.helplines ?? []);
}

function afterSafety(
  state: ConversationState,
  turnId: string,
  helplines: readonly Helpline[],
): ConversationState {
  if (helplines.length === 0) return state;
  return withHelplines(withTurn(state, turnId, { needsHelp: true }), helplines);
}

function withHelplines(state: ConversationState, helplines: readonly Helpline[]): ConversationState {
  return helplines.length > 0 ? { ...state, helplines } : state;
}

function afterFailure(
  state: ConversationState,
  turnId: string,
  { reason, message, retryable }: TurnFailed,
): ConversationState {
  // What was said ended with its own pause, and the button was pressed after that: nothing is missing.
  if (reason === "nothing_heard" && state.understood) return { ...state, ...HEARD };
  const turn = state.turns.find((candidate) => candidate.turnId === turnId);
  const retryTurnId = retryable && turn && turn.transcript !== "" ? turnId : null;
  const next = turn ? withTurn(state, turnId, { status: "failed" }) : state;
  return { ...next, ...HEARD, notice: notice("failed", message, retryTurnId) };
}

/** Frames that got lost on the way are nothing that a person could mend. */
function afterProtocolError(state: ConversationState, field: string, message: string): ConversationState {
  if (field.startsWith("audio")) return state;
  return { ...state, awaiting: false, notice: notice("failed", message) };
}

function afterOpened(state: ConversationState, missed: readonly Turn[]): ConversationState {
  return missed.reduce(withCompleted, missed.length > 0 ? { ...state, notice: null } : state);
}

const WORDS_LOST = "The connection broke before your words arrived. Please say that again.";
const SESSION_OVER = "That session is over. Your next words start a new one.";

/** Words still in the air are lost with the connection; a turn whose words are known is asked for again. */
function afterConnection(state: ConversationState, connection: Connection): ConversationState {
  if (connection === "open" || connection === "connecting") return { ...state, connection };
  if (connection === "gone") return withPendingFailed({ ...state, connection }, SESSION_OVER);
  const inTheAir = (turn: TurnView) => turn.status === "running" && turn.transcript === "";
  const lost = state.hearing || state.awaiting || state.turns.some(inTheAir);
  const turns = state.turns.filter((turn) => !inTheAir(turn));
  const told = lost && connection !== "closed" ? notice("failed", WORDS_LOST) : state.notice;
  return { ...state, ...HEARD, connection, turns, notice: told };
}

function afterNotStarted(state: ConversationState, message: string): ConversationState {
  return withPendingFailed({ ...state, connection: "closed" }, message);
}

function withPendingFailed(state: ConversationState, message: string): ConversationState {
  const pending = runningTurn(state);
  const next = pending ? withTurn(state, pending.turnId, { status: "failed" }) : state;
  return { ...next, ...HEARD, notice: notice("failed", message, pending?.turnId ?? null) };
}
