import captureUrl from "./capture.worklet.ts?worker&url";
import type { CapturedFrame } from "./framer";

/** Why there is no microphone. */
export type MicrophoneProblem = "denied" | "missing" | "busy" | "unsupported";

export class MicrophoneError extends Error {
  override readonly name = "MicrophoneError";

  constructor(readonly problem: MicrophoneProblem) {
    super(problem);
  }
}

export interface MicrophoneOptions {
  readonly rateHz: number;
  readonly onFrame: (frame: CapturedFrame) => void;
  /** The device went away, or the permission was taken back. */
  readonly onEnded: () => void;
}

const CONSTRAINTS = { audio: { echoCancellation: true, noiseSuppression: true, channelCount: 1 } } as const;

function problemOf(error: unknown): MicrophoneProblem {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotFoundError" || name === "OverconstrainedError" ? "missing" : "busy";
}

async function ask(): Promise<MediaStream> {
  // Absent outside of https and localhost, whatever the types say.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices || typeof AudioWorkletNode === "undefined") throw new MicrophoneError("unsupported");
  return devices.getUserMedia(CONSTRAINTS).catch((error: unknown) => {
    throw new MicrophoneError(problemOf(error));
  });
}

/**
 * Opens the microphone and gives a function that closes it. Must be called from a click or key press.
 * @throws MicrophoneError when there is none, or the person does not allow it
 */
export async function openMicrophone(options: MicrophoneOptions): Promise<() => void> {
  const stream = await ask();
  const context = new AudioContext();
  const close = () => {
    stream.getTracks().forEach((track) => track.stop());
    void context.close();
  };
  try {
    await Promise.all([context.resume(), context.audioWorklet.addModule(captureUrl)]);
    listen(context, stream, options);
  } catch {
    close();
    throw new MicrophoneError("unsupported");
  }
  return close;
}

function listen(context: AudioContext, stream: MediaStream, options: MicrophoneOptions): void {
  const node = new AudioWorkletNode(context, "capture", {
    numberOfOutputs: 0,
    channelCount: 1,
    channelCountMode: "explicit",
    processorOptions: { rateHz: options.rateHz },
  });
  node.port.onmessage = (message: MessageEvent<CapturedFrame>) => options.onFrame(message.data);
  context.createMediaStreamSource(stream).connect(node);
  stream.getTracks().forEach((track) => track.addEventListener("ended", options.onEnded));
}
