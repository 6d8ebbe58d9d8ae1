import { pcm16ToFloat } from "./pcm";

/** How far a person got in a spoken reply. */
export interface Heard {
  readonly turnId: string;
  readonly sentenceIndex: number;
  readonly offsetMs: number;
  readonly finished: boolean;
}

/** One chunk of a spoken reply, mono PCM16. */
export interface AudioChunk {
  readonly turnId: string;
  readonly sentenceIndex: number;
  readonly data: Uint8Array;
  readonly rateHz: number;
  readonly sentenceFinished: boolean;
}

export interface PlayerListener {
  readonly onPlaying: (playing: boolean) => void;
  readonly onHeard: (heard: Heard) => void;
}

/** The part of AudioContext that playing needs. */
export type PlaybackContext = Pick<
  AudioContext,
  "currentTime" | "destination" | "createBuffer" | "createBufferSource"
>;

/** Held back before the first sound, and again after a gap, so that late chunks do not make holes; in s. */
const JITTER_BUFFER_S = 0.12;

interface Scheduled {
  readonly source: AudioBufferSourceNode;
  readonly chunk: AudioChunk;
  readonly startsAt: number;
  /** Of the sentence, before this chunk; in s. */
  readonly sentenceOffset: number;
}

/** Plays the chunks of replies back to back, in the order they come, and tells which sentences were heard. */
export class ReplyPlayer {
  private scheduled: Scheduled[] = [];
  private nextStart = 0;
  /** The sentence that chunks are coming for; null between sentences. */
  private current: { turnId: string; index: number; seconds: number } | null = null;
  private stoppedTurn = "";
  /** The reply whose beginning is told already, and the silence before it. */
  private begunTurn = "";
  private silence: AudioBufferSourceNode | null = null;
  private isPlaying = false;

  constructor(
    private readonly context: PlaybackContext,
    private readonly listener: PlayerListener,
  ) {}

  get playing(): boolean {
    return this.isPlaying;
  }

  /** Queues one chunk; what still comes of a reply that was stopped is dropped. */
  enqueue(chunk: AudioChunk): void {
    if (chunk.turnId === this.stoppedTurn) return;
    if (this.current?.turnId !== chunk.turnId || this.current.index !== chunk.sentenceIndex) {
      this.current = { turnId: chunk.turnId, index: chunk.sentenceIndex, seconds: 0 };
    }
    if (chunk.data.length >= 2) this.schedule(chunk, this.current);
    if (chunk.sentenceFinished) this.finishSentence(chunk, this.current.seconds);
    this.report();
  }

  /** Stops at once. Gives what was heard of the sentence in the air, or null when nothing was playing. */
  stop(): Heard | null {
    const heard = this.heardNow();
    this.stoppedTurn = heard?.turnId ?? this.current?.turnId ?? this.stoppedTurn;
    if (this.silence) this.silence.onended = null;
    for (const { source } of this.scheduled) {
      source.onended = null;
      source.stop();
    }
    this.scheduled = [];
    this.current = null;
    this.nextStart = 0;
    this.report();
    return heard;
  }

  /** No more chunks will come for the sentence in the air, as when the connection is lost. */
  settle(): void {
    this.current = null;
    this.report();
  }

  private schedule(chunk: AudioChunk, sentence: { seconds: number }): void {
    const now = this.context.currentTime;
    const startsAt = this.nextStart > now ? this.nextStart : now + JITTER_BUFFER_S;
    if (this.begunTurn !== chunk.turnId) this.tellBeginning(chunk, now, startsAt);
    const samples = pcm16ToFloat(chunk.data);
    const buffer = this.context.createBuffer(1, samples.length, chunk.rateHz);
    buffer.copyToChannel(samples, 0);
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    const entry = { source, chunk, startsAt, sentenceOffset: sentence.seconds };
    source.onended = () => this.ended(entry);
    source.start(startsAt);
    this.nextStart = startsAt + buffer.duration;
    sentence.seconds += buffer.duration;
    this.scheduled.push(entry);
  }

  /** Tells when the first sound of a reply is heard. Sounds tell only of their end: it is that of a silence before. */
  private tellBeginning({ turnId, sentenceIndex, rateHz }: AudioChunk, now: number, startsAt: number): void {
    this.begunTurn = turnId;
    const silence = this.context.createBufferSource();
    silence.buffer = this.context.createBuffer(1, Math.max(1, Math.round((startsAt - now) * rateHz)), rateHz);
    silence.connect(this.context.destination);
    silence.onended = () => this.listener.onHeard({ turnId, sentenceIndex, offsetMs: 0, finished: false });
    silence.start(now);
    this.silence = silence;
  }

  /** The sentence is heard when its last sound has ended, which may be later or already have been. */
  private finishSentence({ turnId, sentenceIndex }: AudioChunk, seconds: number): void {
    this.current = null;
    const heard = { turnId, sentenceIndex, offsetMs: Math.round(seconds * 1000), finished: true };
    const last = this.scheduled.at(-1);
    if (!last) return this.listener.onHeard(heard);
    last.source.onended = () => {
      this.listener.onHeard(heard);
      this.ended(last);
    };
  }

  private ended(entry: Scheduled): void {
    this.scheduled = this.scheduled.filter((other) => other !== entry);
    this.report();
  }

  private heardNow(): Heard | null {
    const now = this.context.currentTime;
    const entry = this.scheduled.findLast(({ startsAt }) => startsAt <= now) ?? this.scheduled[0];
    if (!entry) return null;
    const seconds = entry.sentenceOffset + Math.max(0, now - entry.startsAt);
    const { turnId, sentenceIndex } = entry.chunk;
    return { turnId, sentenceIndex, offsetMs: Math.round(seconds * 1000), finished: false };
  }

  private report(): void {
    const playing = this.scheduled.length > 0 || this.current !== null;
    if (playing === this.isPlaying) return;
    this.isPlaying = playing;
    this.listener.onPlaying(playing);
  }
}
