import type { MessageInitShape } from "@bufbuild/protobuf";
import { messageOf } from "@/api/problem";
import { Encoding } from "@/gen/voicecbt/transcription/v1/transcription_pb";
import type { ConverseResponse, OpenSchema, ReplyAudio } from "@/gen/voicecbt/session/v1/session_pb";
import { newId } from "@/lib/ids";
import type { Heard } from "@/audio/player";
import { type ConversationAction, conversationReducer } from "./reducer";
import type { SessionStore } from "./sessionStore";
import { type Connection, ConversationSocket } from "./socket";
import { type ConversationState, initialConversation, lastCompletedId, phaseOf, runningTurn } from "./state";

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
  /** Replies are written only, from the start on. */
  readonly textOnly?: boolean;
  readonly delayMs?: (attempt: number) => number;
}

/** One person's conversation: its state, and what may be done in it. Starts a session when first needed. */
export class Conversation {
  private state = initialConversation;
  private socket: ConversationSocket | null = null;
  private starting: Promise<void> | null = null;
  /** Counts how often the conversation was closed: a start that a closing has overtaken must not connect. */
  private life = 0;
  private startKey = newId();
  private textOnly: boolean;
  /** What the server was told of it when the connection was last opened. */
  private openedTextOnly = false;
  /** What was said before the conversation was open: people speak as soon as they have pressed the button. */
  private early: readonly Uint8Array[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(private readonly ports: ConversationPorts) {
    this.textOnly = ports.textOnly ?? false;
  }

  /** The session that this tab is in, if any. */
  get sessionId(): string | null {
    return this.ports.store.read();
  }

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
    this.starting ??= this.start();
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

  /** Replies are written only, or spoken too. Nothing is spoken from now on; no audio is made from the next turn on. */
  setTextOnly(textOnly: boolean): void {
    this.textOnly = textOnly;
    this.agree();
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
    this.life += 1;
    this.starting = null;
    this.socket?.close();
    this.socket = null;
  }

  private forget(): void {
    this.dispose();
    this.ports.store.write(null);
    this.startKey = newId();
  }

  private async start(): Promise<void> {
    const { life } = this;
    this.dispatch({ type: "connection", connection: "connecting" });
    try {
      const sessionId = this.ports.store.read() ?? (await this.ports.startSession(this.startKey)).sessionId;
      if (life === this.life) this.enter(sessionId);
    } catch (error) {
      if (life === this.life) this.dispatch({ type: "not_started", message: messageOf(error) });
    } finally {
      if (life === this.life) this.starting = null;
    }
  }

  private enter(sessionId: string): void {
    this.ports.store.write(sessionId);
    this.open(sessionId);
  }

  /** The way of replying is agreed when a connection opens: makes a new one, but never while a turn is on its way. */
  private agree(): void {
    const quiet = !this.state.hearing && !this.state.awaiting && runningTurn(this.state) === undefined;
    if (this.textOnly !== this.openedTextOnly && this.state.connection === "open" && quiet)
      this.socket?.start();
  }

  private opening(sessionId: string): MessageInitShape<typeof OpenSchema> {
    this.openedTextOnly = this.textOnly;
    return {
      sessionId,
      input: { encoding: Encoding.PCM16, sampleRateHz: INPUT_RATE_HZ },
      output: { encoding: Encoding.PCM16, sampleRateHz: OUTPUT_RATE_HZ },
      lastTurnId: lastCompletedId(this.state),
      textOnly: this.textOnly,
    };
  }

  private open(sessionId: string): void {
    this.socket?.close();
    this.socket = new ConversationSocket({
      url: this.ports.urlOf(sessionId),
      open: () => this.opening(sessionId),
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
    const { case: kind, value } = response.event;
    if (kind === "replyAudio" && !this.textOnly) this.ports.onReplyAudio(response.turnId, value);
    if (kind === "opened") this.catchUp();
    if (kind === "turnCompleted" || kind === "turnFailed") this.agree();
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
