import type { SessionPoint } from "@/gen/voicecbt/insights/v1/insights_pb";
import { inMinutes, shortDay } from "@/lib/dates";
import { Axes } from "./Axes";
import { DataTable } from "./DataTable";
import { PLOT, wholeTicks, xOf, yOf } from "./geometry";

/** Width of a bar in SVG units. */
const BAR = 12;

interface SessionsChartProps {
  /** ISO dates, oldest first. */
  days: readonly string[];
  points: readonly SessionPoint[];
}

/** How many talks there were each day, drawn, and as a table for screen readers. */
export function SessionsChart({ days, points }: SessionsChartProps) {
  const shown = points.filter((point) => days.includes(point.day));
  const ticks = wholeTicks(Math.max(1, ...shown.map((point) => point.sessions)));
  const top = ticks.at(-1) ?? 1;
  const rows = shown.map((point) => [
    shortDay(point.day),
    point.sessions,
    point.turns,
    inMinutes(point.totalSeconds),
  ]);
  return (
    <div>
      <svg viewBox={`0 0 ${PLOT.width} ${PLOT.height}`} className="w-full" aria-hidden="true">
        <Axes days={days} ticks={ticks} />
        {shown.map((point) => (
          <rect
            key={point.day}
            x={xOf(days.indexOf(point.day), days.length) - BAR / 2}
            y={yOf(point.sessions, 0, top)}
            width={BAR}
            height={yOf(0, 0, top) - yOf(point.sessions, 0, top)}
            rx={3}
            className="fill-calm"
          />
        ))}
      </svg>
      <DataTable caption="Talks by day" columns={["Day", "Talks", "Turns", "Time"]} rows={rows} />
    </div>
  );
}
