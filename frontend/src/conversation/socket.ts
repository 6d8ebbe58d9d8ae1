import type { ConverseResponse, OpenSchema } from "@/gen/voicecbt/session/v1/session_pb";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { backoffMs, MAX_ATTEMPTS } from "./backoff";
import { decodeResponse, encodeRequest, type Outgoing, SUBPROTOCOL } from "./codec";

/**
 * `ended`: the server is done with it, as when it was opened in another window. `lost`: gave up, a person may try
 * again. `gone`: no such session. `refused`: the two do not understand each other. `signed_out`: sign in first.
 */
export type Connection =
  "closed" | "connecting" | "open" | "reconnecting" | "ended" | "lost" | "gone" | "refused" | "signed_out";

export interface SocketOptions {
  readonly url: string;
  /** The first message of each connection, with the last turn that was seen completed. */
  readonly open: () => MessageInitShape<typeof OpenSchema>;
  readonly onEvent: (event: ConverseResponse) => void;
  readonly onConnection: (connection: Connection) => void;
  /** Renews the sign-in before a reconnection; false when the person must sign in, throws when offline. */
  readonly authorise: () => Promise<boolean>;
  readonly delayMs?: (attempt: number) => number;
  readonly heartbeatMs?: number;
}

/** How often the client says that it is there, in ms: below every usual idle timeout on the way. */
const HEARTBEAT_MS = 15_000;
/** A server that sends heartbeats and is silent for so many of ours is taken for lost. */
const SILENT_BEATS = 3;

/** How the edge says why it closed (RFC 6455 codes, 4404 is its own). */
const CLOSED_NORMALLY = 1000;
const UNSUPPORTED_DATA = 1003;
const TOO_BIG = 1009;
const UNKNOWN_SESSION = 4404;

/** More than this waiting to be sent (10 s of audio, in bytes) means the network is too slow: frames are dropped. */
const MAX_BUFFERED_BYTES = 320_000;

/** One conversation over a WebSocket that comes back by itself, with growing pauses, when it is lost. */
export class ConversationSocket {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private heartbeat: ReturnType<typeof setInterval> | undefined;
  /** Beats since the server was last heard; null as long as it has sent no heartbeat. */
  private silentBeats: number | null = null;
  private attempt = 0;
  private sequence = 0n;
  private opened = false;
  private stopped = true;

  constructor(private readonly options: SocketOptions) {}

  /** Connects; also tries again at once while waiting or after giving up. */
  start(): void {
    this.stop();
    this.stopped = false;
    this.attempt = 0;
    this.options.onConnection("connecting");
    this.connect();
  }

  /** Closes for good. */
  close(): void {
    this.stop();
    this.options.onConnection("closed");
  }

  /** Sends if the conversation is open; says whether it was. */
  send(request: Outgoing): boolean {
    if (!this.opened || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(encodeRequest(request));
    return true;
  }

  /** Sends one frame of PCM16 audio, numbered within this connection. */
  sendAudio(data: Uint8Array): boolean {
    if ((this.socket?.bufferedAmount ?? 0) > MAX_BUFFERED_BYTES) return false;
    const sent = this.send({ case: "audio", value: { sequence: this.sequence, data } });
    if (sent) this.sequence += 1n;
    return sent;
  }

  private stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
    this.drop()?.close(CLOSED_NORMALLY);
  }

  private drop(): WebSocket | null {
    const socket = this.socket;
    this.socket = null;
    this.opened = false;
    clearInterval(this.heartbeat);
    return socket;
  }

  private connect(): void {
    const socket = new WebSocket(this.options.url, SUBPROTOCOL);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    this.sequence = 0n;
    socket.onopen = () => socket.send(encodeRequest({ case: "open", value: this.options.open() }));
    socket.onmessage = (message: MessageEvent<unknown>) => {
      if (socket === this.socket) this.receive(message.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.closed(event.code);
    };
  }

  private receive(data: unknown): void {
    const response = decodeResponse(data);
    if (response === null) return;
    if (this.silentBeats !== null || response.event.case === "heartbeat") this.silentBeats = 0;
    if (response.event.case === "opened") this.nowOpen();
    // Only a conversation that goes on counts as recovered: one that is closed right after `opened` must not be
    // tried again in an endless quick loop.
    else this.attempt = 0;
    this.options.onEvent(response);
  }

  private nowOpen(): void {
    this.opened = true;
    this.silentBeats = null;
    clearInterval(this.heartbeat);
    this.heartbeat = setInterval(() => this.beat(), this.options.heartbeatMs ?? HEARTBEAT_MS);
    this.options.onConnection("open");
  }

  private beat(): void {
    if (this.silentBeats !== null) this.silentBeats += 1;
    if ((this.silentBeats ?? 0) <= SILENT_BEATS) {
      this.send({ case: "heartbeat", value: {} });
      return;
    }
    // A dead radio link says nothing for minutes: do not wait for the browser to notice.
    this.drop()?.close();
    this.retry();
  }

  private closed(code: number): void {
    this.drop();
    const final = finalStateOf(code);
    if (final === null) this.retry();
    else this.options.onConnection(final);
  }

  private retry(): void {
    if (this.attempt >= MAX_ATTEMPTS) {
      this.options.onConnection("lost");
      return;
    }
    const delay = this.options.delayMs ?? ((attempt: number) => backoffMs(attempt, Math.random()));
    this.options.onConnection("reconnecting");
    this.timer = setTimeout(() => void this.reconnect(), delay(this.attempt));
    this.attempt += 1;
  }

  private async reconnect(): Promise<void> {
    const authorised = await this.options.authorise().catch(() => null);
    if (this.stopped) return;
    if (authorised === null) this.retry();
    else if (authorised) this.connect();
    else this.options.onConnection("signed_out");
  }
}

function finalStateOf(code: number): Connection | null {
  switch (code) {
    case CLOSED_NORMALLY:
      return "ended";
    case UNKNOWN_SESSION:
      return "gone";
    case UNSUPPORTED_DATA:
    case TOO_BIG:
      return "refused";
    default:
      return null;
  }
}
