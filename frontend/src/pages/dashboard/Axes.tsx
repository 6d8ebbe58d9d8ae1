import { shortDay } from "@/lib/dates";
import { PLOT, xOf, yOf } from "./geometry";

/** Days between two labels of the time axis. */
const LABEL_EVERY = 7;

interface AxesProps {
  days: readonly string[];
  /** Lowest first. */
  ticks: readonly number[];
}

/** The horizontal lines with their values, and the days below. */
export function Axes({ days, ticks }: AxesProps) {
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  return (
    <g className="fill-muted-foreground text-2xl sm:text-xs">
      {ticks.map((tick) => (
        <g key={tick}>
          <line
            x1={PLOT.left}
            x2={PLOT.width - PLOT.right}
            y1={yOf(tick, low, high)}
            y2={yOf(tick, low, high)}
            className="stroke-border"
          />
          <text x={PLOT.left - 8} y={yOf(tick, low, high) + 4} textAnchor="end">
            {tick}
          </text>
        </g>
      ))}
      {days.map(
        (day, index) =>
          (days.length - 1 - index) % LABEL_EVERY === 0 && (
            <text key={day} x={xOf(index, days.length)} y={PLOT.height - 8} textAnchor="middle">
              {shortDay(day)}
            </text>
          ),
      )}
    </g>
  );
}
