import { vi } from "vitest";
import type { CapturedFrame } from "@/audio/framer";
import { FakeAudioContext } from "./fakeAudio";

interface Port {
  onmessage: ((message: MessageEvent<CapturedFrame>) => void) | null;
}

interface FakeTrack {
  stopped: boolean;
  /** What the page wants to do when the device goes away. */
  ended: (() => void) | null;
}

/** A browser's audio with a microphone that hears what the test says, and a speaker whose clock the test moves. */
export class FakeSoundSystem {
  readonly contexts: FakeBrowserContext[] = [];
  readonly ports: Port[] = [];
  readonly tracks: FakeTrack[] = [];
  /** Set to refuse the microphone. */
  refusal: DOMException | null = null;

  constructor() {
    const { contexts, ports } = this;
    vi.stubGlobal(
      "AudioContext",
      class extends FakeBrowserContext {
        constructor() {
          super();
          contexts.push(this);
        }
      },
    );
    vi.stubGlobal(
      "AudioWorkletNode",
      class {
        readonly port: Port = { onmessage: null };
        constructor() {
          ports.push(this.port);
        }
      },
    );
    // jsdom has no mediaDevices: this adds them, and `remove` takes them away again.
    const mediaDevices = { getUserMedia: () => this.open() };
    Object.defineProperty(navigator, "mediaDevices", { value: mediaDevices, configurable: true });
  }

  remove(): void {
    Reflect.deleteProperty(navigator, "mediaDevices");
  }

  /** The microphone hears one frame. */
  hear(firstByte: number): void {
    const data = new Uint8Array(640).fill(firstByte);
    this.ports.at(-1)?.onmessage?.({ data: { data, level: 0.1 } } as MessageEvent<CapturedFrame>);
  }

  /** Lets time pass in the speaker, in s. */
  play(seconds: number): void {
    for (const context of this.contexts) context.advance(seconds);
  }

  private open(): Promise<MediaStream> {
    if (this.refusal) return Promise.reject(this.refusal);
    const track: FakeTrack = { stopped: false, ended: null };
    this.tracks.push(track);
    const asTrack = {
      stop: () => (track.stopped = true),
      addEventListener: (_: string, listener: () => void) => (track.ended = listener),
    };
    return Promise.resolve({ getTracks: () => [asTrack] } as unknown as MediaStream);
  }
}

class FakeBrowserContext extends FakeAudioContext {
  state = "suspended";
  closed = false;
  readonly audioWorklet = { addModule: () => Promise.resolve() };

  createMediaStreamSource() {
    return { connect: () => undefined };
  }

  resume(): Promise<void> {
    this.state = "running";
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
