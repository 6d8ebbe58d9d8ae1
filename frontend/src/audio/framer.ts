import { floatToPcm16 } from "./pcm";
import { Resampler } from "./resampler";

/** Length of a frame: what the conversation expects, and short enough not to be felt. */
const FRAME_MS = 20;

/** One frame of what the microphone hears. */
export interface CapturedFrame {
  /** Mono PCM16 little endian. */
  readonly data: Uint8Array<ArrayBuffer>;
  /** Root mean square of the frame, 0 (silence) to 1. */
  readonly level: number;
}

/** Cuts a stream of microphone blocks into PCM16 frames of 20 ms at another rate. */
export class Framer {
  private readonly resampler: Resampler;
  private readonly frame: Float32Array;
  private filled = 0;

  constructor(
    fromHz: number,
    toHz: number,
    private readonly onFrame: (frame: CapturedFrame) => void,
  ) {
    this.resampler = new Resampler(fromHz, toHz);
    this.frame = new Float32Array((toHz * FRAME_MS) / 1000);
  }

  push(block: Float32Array): void {
    for (const sample of this.resampler.process(block)) {
      this.frame[this.filled++] = sample;
      if (this.filled === this.frame.length) this.emit();
    }
  }

  private emit(): void {
    const energy = this.frame.reduce((sum, sample) => sum + sample * sample, 0);
    this.filled = 0;
    this.onFrame({ data: floatToPcm16(this.frame), level: Math.sqrt(energy / this.frame.length) });
  }
}
