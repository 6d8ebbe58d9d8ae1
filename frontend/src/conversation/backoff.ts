/** First wait after a lost connection, in ms: most losses are a moment of bad radio. */
const BASE_MS = 500;
/** Longest wait in ms: nobody in distress should watch a spinner for longer before the next try. */
const CEILING_MS = 10_000;

/** Tries before a person is asked to press "Reconnect": about a minute in all. */
export const MAX_ATTEMPTS = 8;

/**
 * How long to wait before reconnection `attempt` (from 0), in ms: exponential, of which a random half is taken
 * off, so that the clients of a restarted server do not all come back in the same moment.
 * @param random between 0 and 1
 */
export function backoffMs(attempt: number, random: number): number {
  const full = Math.min(CEILING_MS, BASE_MS * 2 ** attempt);
  return full * (1 - random / 2);
}
