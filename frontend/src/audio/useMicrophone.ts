import { useCallback, useEffect, useRef, useState } from "react";
import { LevelMeter } from "./level";
import { MicrophoneError, type MicrophoneProblem, openMicrophone } from "./microphone";

export type MicrophoneStatus = "off" | "asking" | "on" | MicrophoneProblem;

export interface Microphone {
  readonly status: MicrophoneStatus;
  readonly level: LevelMeter;
  readonly start: () => Promise<boolean>;
  readonly stop: () => void;
}

/** The microphone as frames of PCM16 at the given rate, with its state and its loudness. */
export function useMicrophone(rateHz: number, onFrame: (data: Uint8Array) => void): Microphone {
  const [status, setStatus] = useState<MicrophoneStatus>("off");
  const [level] = useState(() => new LevelMeter());
  const close = useRef<(() => void) | null>(null);
  /** Counts starts and stops: a microphone that is granted after the person changed their mind is closed again. */
  const generation = useRef(0);

  const stop = useCallback(() => {
    generation.current += 1;
    close.current?.();
    close.current = null;
    level.push(0);
    setStatus("off");
  }, [level]);

  const start = useCallback(async () => {
    stop();
    const mine = generation.current;
    setStatus("asking");
    try {
      const opened = await openMicrophone({
        rateHz,
        onEnded: stop,
        onFrame: (frame) => {
          // Frames that were on their way when the microphone was closed.
          if (mine !== generation.current) return;
          level.push(frame.level);
          onFrame(frame.data);
        },
      });
      if (mine !== generation.current) return (opened(), false);
      close.current = opened;
      setStatus("on");
      return true;
    } catch (error) {
      if (mine === generation.current) setStatus(error instanceof MicrophoneError ? error.problem : "busy");
      return false;
    }
  }, [level, onFrame, rateHz, stop]);

  useEffect(() => stop, [stop]);

  return { status, level, start, stop };
}
