import { messageOf } from "@/api/problem";
import { Encoding } from "@/gen/voicecbt/transcription/v1/transcription_pb";
import type { ConverseResponse, ReplyAudio } from "@/gen/voicecbt/session/v1/session_pb";
import { newId } from "@/lib/ids";
import type { Heard } from "@/audio/player";
import { type ConversationAction, conversationReducer } from "./reducer";
import type { SessionStore } from "./sessionStore";
import { type Connection, ConversationSocket } from "./socket";
import { type ConversationState, initialConversation, lastCompletedId, phaseOf } from "./state";

/** Rates of the two directions, in Hz: what recognition wants, and what synthesis speaks best. */
export const INPUT_RATE_HZ = 16_000;
export const OUTPUT_RATE_HZ = 24_000;

/** Connections that will come, or come back, by themselves. */
export const LIVE: ReadonlySet<Connection> = new Set(["open", "connecting", "reconnecting"]);

/** Five seconds of 20 ms frames: a connection that takes longer is not one to talk over. */
const MAX_EARLY_FRAMES = 250;

/** The world outside of a conversation. */
export interface ConversationPorts {
  readonly startSession: (idempotencyKey: string) => Promise<{ readonly sessionId: string }>;
  readonly endSession: (sessionId: string) => Promise<void>;
  readonly authorise: () => Promise<boolean>;
  readonly urlOf: (sessionId: string) => string;
  readonly onReplyAudio: (turnId: string, audio: ReplyAudio) => void;
  readonly store: SessionStore;
  readonly delayMs?: (attempt: number) => number;
}

/** One person's conversation: its state, and what may be done in it. Starts a session when first needed. */
export class Conversation {
  private state = initialConversation;
  private socket: ConversationSocket | null = null;
  private starting: Promise<void> | null = null;
  private startKey = newId();
  /** What was said before the conversation was open: people speak as soon as they have pressed the button. */
  private early: readonly Uint8Array[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(private readonly ports: ConversationPorts) {}

  readonly getState = (): ConversationState => this.state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly dispatch = (action: ConversationAction): void => {
    this.state = conversationReducer(this.state, action);
    for (const listener of this.listeners) listener();
  };

  /** Goes on with the session that this tab had before a reload, if any. */
  resume(): void {
    if (this.ports.store.read() !== null) void this.connect();
  }

  /** Makes sure that there is a session and a connection to it, also after the connection was given up. */
  connect(): Promise<void> {
    const { connection } = this.state;
    if (this.socket && LIVE.has(connection)) return Promise.resolve();
    this.starting ??= this.start().finally(() => {
      this.starting = null;
    });
    return this.starting;
  }

  /** Tries again at once, without waiting for the next attempt. */
  reconnect(): void {
    if (this.socket) this.socket.start();
    else void this.connect();
  }

  /** Says something in writing. Kept and sent as soon as the conversation is open. */
  say(text: string, turnId: string = newId()): void {
    this.dispatch({ type: "typed", turnId, text });
    if (!this.sendText(turnId, text)) void this.connect();
  }

  /** Sends a turn that failed once more, under the same id, so that it is answered once. */
  retry(turnId: string): void {
    const turn = this.state.turns.find((candidate) => candidate.turnId === turnId);
    if (turn) this.say(turn.transcript, turnId);
  }

  /** Sends one frame of PCM16 audio at INPUT_RATE_HZ. Dropped without a connection, kept while the first is made. */
  sendAudio(frame: Uint8Array): void {
    if (this.state.connection !== "connecting") this.socket?.sendAudio(frame);
    else this.early = [...this.early, frame].slice(-MAX_EARLY_FRAMES);
  }

  /** The person is done speaking: do not wait for silence. */
  endSpeech(): void {
    if (phaseOf(this.state) === "thinking") return;
    const sent = this.socket?.send({ case: "endOfSpeech", value: { turnId: newId() } });
    if (sent) this.dispatch({ type: "speech_ended" });
  }

  /** Tells how much of a reply was heard. */
  heard({ turnId, sentenceIndex, offsetMs, finished }: Heard): void {
    this.socket?.send({
      case: "playback",
      value: { turnId, sentenceIndex, offsetMs, sentenceFinished: finished },
    });
  }

  /** Stops the reply that is being spoken. */
  interrupt(heard: Heard | null): void {
    if (heard) this.heard(heard);
    this.socket?.send({ case: "interrupt", value: { turnId: heard?.turnId ?? "" } });
  }

  /** Ends the session for good and gives its id, or null if none was started. @throws ApiProblem */
  async end(): Promise<string | null> {
    const sessionId = this.ports.store.read();
    if (sessionId !== null) await this.ports.endSession(sessionId);
    this.forget();
    this.dispatch({ type: "reset" });
    return sessionId;
  }

  /** Closes the connection; the session goes on at the server. */
  dispose(): void {
    this.socket?.close();
    this.socket = null;
  }

  private forget(): void {
    this.dispose();
    this.ports.store.write(null);
    this.startKey = newId();
  }

  private async start(): Promise<void> {
    this.dispatch({ type: "connection", connection: "connecting" });
    try {
      const sessionId = this.ports.store.read() ?? (await this.ports.startSession(this.startKey)).sessionId;
      this.ports.store.write(sessionId);
      this.open(sessionId);
    } catch (error) {
      this.dispatch({ type: "not_started", message: messageOf(error) });
    }
  }

  private open(sessionId: string): void {
    this.socket?.close();
    this.socket = new ConversationSocket({
      url: this.ports.urlOf(sessionId),
      open: () => ({
        sessionId,
        input: { encoding: Encoding.PCM16, sampleRateHz: INPUT_RATE_HZ },
        output: { encoding: Encoding.PCM16, sampleRateHz: OUTPUT_RATE_HZ },
        lastTurnId: lastCompletedId(this.state),
      }),
      onEvent: (response) => this.receive(response),
      onConnection: (connection) => this.connectionChanged(connection),
      authorise: this.ports.authorise,
      ...(this.ports.delayMs && { delayMs: this.ports.delayMs }),
    });
    this.socket.start();
  }

  private connectionChanged(connection: Connection): void {
    if (connection === "gone") this.forget();
    if (!LIVE.has(connection)) this.early = [];
    this.dispatch({ type: "connection", connection });
  }

  private receive(response: ConverseResponse): void {
    this.dispatch({ type: "server", response });
    if (response.event.case === "replyAudio") this.ports.onReplyAudio(response.turnId, response.event.value);
    if (response.event.case === "opened") this.catchUp();
  }

  /** Turn ids make this safe: a turn that the server already has is sent back, not run twice. */
  private catchUp(): void {
    for (const frame of this.early) this.socket?.sendAudio(frame);
    this.early = [];
    for (const { status, turnId, transcript } of this.state.turns) {
      if (status === "running" && transcript !== "") this.sendText(turnId, transcript);
    }
  }

  private sendText(turnId: string, text: string): boolean {
    return this.socket?.send({ case: "text", value: { turnId, text } }) ?? false;
  }
}
