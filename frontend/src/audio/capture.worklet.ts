import { Framer } from "./framer";

/** What the page gives as `processorOptions`. */
export interface CaptureOptions {
  readonly rateHz: number;
}

/** Runs on the audio thread: resamples the microphone and posts its frames to the page. */
class CaptureProcessor extends AudioWorkletProcessor {
  private readonly framer: Framer;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    this.framer = new Framer(sampleRate, processorOptions.rateHz, (frame) => {
      this.port.postMessage(frame, [frame.data.buffer]);
    });
  }

  process(inputs: Float32Array[][]): boolean {
    const channel = inputs[0]?.[0];
    if (channel) this.framer.push(channel);
    return true;
  }
}

registerProcessor("capture", CaptureProcessor);
