/** The plot area in SVG units; the drawing scales to its container. */
export const PLOT = { width: 640, height: 230, left: 40, right: 38, top: 20, bottom: 36 } as const;

/** The middle of column `index` of `count`. */
export function xOf(index: number, count: number): number {
  const inner = PLOT.width - PLOT.left - PLOT.right;
  return PLOT.left + (inner * (index + 0.5)) / count;
}

/** The height of `value` on an axis from `low` (bottom) to `high` (top). */
export function yOf(value: number, low: number, high: number): number {
  const inner = PLOT.height - PLOT.top - PLOT.bottom;
  return PLOT.top + inner * (1 - (value - low) / (high - low));
}

/** An SVG path through the points, straight from one to the next. */
export function pathThrough(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join(" ");
}

/** Whole numbers from 0 to at least `highest`, in at most four even steps. */
export function wholeTicks(highest: number): number[] {
  const step = Math.max(1, Math.ceil(highest / 4));
  const count = Math.max(1, Math.ceil(highest / step));
  return Array.from({ length: count + 1 }, (_, index) => index * step);
}
