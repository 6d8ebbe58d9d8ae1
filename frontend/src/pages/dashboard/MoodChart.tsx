import type { MoodPoint } from "@/gen/voicecbt/insights/v1/insights_pb";
import { shortDay } from "@/lib/dates";
import { Axes } from "./Axes";
import { DataTable } from "./DataTable";
import { pathThrough, PLOT, xOf, yOf } from "./geometry";

const TICKS = [1, 4, 7, 10] as const;
const [LOW, HIGH] = [1, 10];

interface MoodChartProps {
  /** ISO dates, oldest first. */
  days: readonly string[];
  points: readonly MoodPoint[];
}

/** The mean mood of each day with its lowest and highest, drawn, and as a table for screen readers. */
export function MoodChart({ days, points }: MoodChartProps) {
  const shown = points.filter((point) => days.includes(point.day));
  const x = (point: MoodPoint) => xOf(days.indexOf(point.day), days.length);
  const y = (mood: number) => yOf(mood, LOW, HIGH);
  const rows = shown.map((point) => [
    shortDay(point.day),
    point.meanMood.toFixed(1),
    point.lowestMood,
    point.highestMood,
  ]);
  return (
    <div data-testid="mood-chart">
      <svg viewBox={`0 0 ${PLOT.width} ${PLOT.height}`} className="w-full" aria-hidden="true">
        <Axes days={days} ticks={TICKS} />
        {shown.map((point) => (
          <line
            key={point.day}
            x1={x(point)}
            x2={x(point)}
            y1={y(point.lowestMood)}
            y2={y(point.highestMood)}
            className="stroke-primary/30 stroke-6"
            strokeLinecap="round"
          />
        ))}
        <path
          d={pathThrough(shown.map((point) => [x(point), y(point.meanMood)]))}
          className="fill-none stroke-primary stroke-2"
        />
        {shown.map((point) => (
          <circle key={point.day} cx={x(point)} cy={y(point.meanMood)} r={4.5} className="fill-primary" />
        ))}
      </svg>
      <DataTable
        caption="Mood by day, from 1 to 10"
        columns={["Day", "Mean", "Lowest", "Highest"]}
        rows={rows}
      />
    </div>
  );
}
