import type { PlaybackContext } from "@/audio/player";

/** One scheduled sound of a FakeAudioContext. */
interface FakeSource {
  buffer: AudioBuffer | null;
  onended: (() => void) | null;
  startsAt: number;
  stopped: boolean;
}

/** An AudioContext whose clock is moved by the test; sounds end when the clock passes their end. */
export class FakeAudioContext {
  currentTime = 0;
  readonly destination = {} as AudioDestinationNode;
  readonly sources: FakeSource[] = [];

  createBuffer(_channels: number, length: number, rateHz: number): AudioBuffer {
    return { duration: length / rateHz, copyToChannel: () => undefined } as unknown as AudioBuffer;
  }

  createBufferSource(): AudioBufferSourceNode {
    const source: FakeSource = { buffer: null, onended: null, startsAt: Number.NaN, stopped: false };
    this.sources.push(source);
    return Object.assign(source, {
      connect: () => undefined,
      start: (when: number) => (source.startsAt = when),
      stop: () => (source.stopped = true),
    }) as unknown as AudioBufferSourceNode;
  }

  /** Lets time pass, in s. */
  advance(seconds: number): void {
    this.currentTime += seconds;
    for (const source of this.sources) {
      const endsAt = source.startsAt + (source.buffer?.duration ?? 0);
      if (source.stopped || endsAt > this.currentTime + 1e-9) continue;
      source.stopped = true;
      source.onended?.();
    }
  }

  asContext(): PlaybackContext {
    return this;
  }
}
