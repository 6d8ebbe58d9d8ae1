/** The loudness of the microphone, told to whoever listens, without a render for each of 50 frames a second. */
export class LevelMeter {
  private readonly listeners = new Set<(level: number) => void>();

  readonly subscribe = (listener: (level: number) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** @param rms root mean square of a frame, 0 to 1 */
  readonly push = (rms: number): void => {
    const level = loudness(rms);
    for (const listener of this.listeners) listener(level);
  };
}

/** Quietest sound that moves the meter, in dB below full scale: about a quiet room. */
const FLOOR_DB = -60;

/** 0 to 1, linear in decibels as ears are. */
export function loudness(rms: number): number {
  if (rms <= 0) return 0;
  return Math.max(0, Math.min(1, 1 - (20 * Math.log10(rms)) / FLOOR_DB));
}
