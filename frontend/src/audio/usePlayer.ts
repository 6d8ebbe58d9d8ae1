import { useEffect, useState } from "react";
import { type AudioChunk, type Heard, type PlayerListener, ReplyPlayer } from "./player";

/** Speaks replies. `unlock` must be called in a click or key press before the first one. */
export interface Player {
  readonly unlock: () => void;
  readonly enqueue: (chunk: AudioChunk) => void;
  readonly stop: () => Heard | null;
  readonly settle: () => void;
  readonly isPlaying: () => boolean;
  readonly close: () => void;
}

/** At the rate of the replies, so that the browser resamples the whole and not each chunk; default if it cannot. */
function newContext(rateHz: number): AudioContext {
  try {
    return new AudioContext({ sampleRate: rateHz, latencyHint: "interactive" });
  } catch {
    return new AudioContext();
  }
}

/** The player makes its AudioContext when first unlocked: before a click browsers would keep it silent. */
export function createPlayer(rateHz: number, listener: PlayerListener): Player {
  let context: AudioContext | null = null;
  let player: ReplyPlayer | null = null;
  return {
    unlock: () => {
      if (typeof AudioContext === "undefined") return;
      context ??= newContext(rateHz);
      player ??= new ReplyPlayer(context, listener);
      if (context.state !== "running") void context.resume();
    },
    enqueue: (chunk) => player?.enqueue(chunk),
    stop: () => player?.stop() ?? null,
    settle: () => player?.settle(),
    isPlaying: () => player?.playing ?? false,
    close: () => {
      player?.stop();
      void context?.close();
      context = null;
      player = null;
    },
  };
}

/** A player that lives as long as the component. The listener is the one of the first render. */
export function usePlayer(rateHz: number, listener: PlayerListener): Player {
  const [player] = useState(() => createPlayer(rateHz, listener));
  useEffect(() => () => player.close(), [player]);
  return player;
}
