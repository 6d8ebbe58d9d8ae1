import { Mic, Square } from "lucide-react";
import { useEffect, useRef } from "react";
import type { LevelMeter } from "@/audio/level";
import type { Phase } from "@/conversation/state";

interface VoiceSphereProps {
  phase: Phase;
  listening: boolean;
  level: LevelMeter;
  onToggle: () => void;
}

/** The button that the page is about. Its ring is the level meter: it grows with the voice. */
export function VoiceSphere({ phase, listening, level, onToggle }: VoiceSphereProps) {
  const ring = useRef<HTMLSpanElement>(null);
  useEffect(
    () => level.subscribe((value) => ring.current?.style.setProperty("--level", value.toFixed(3))),
    [level],
  );
  const Icon = listening ? Square : Mic;
  return (
    <div className="relative mx-auto size-40 sm:size-52">
      <span ref={ring} aria-hidden="true" className="sphere-ring absolute inset-0 rounded-full" />
      <button
        type="button"
        data-phase={phase}
        className="sphere absolute inset-0 grid cursor-pointer place-items-center rounded-full text-[#fffaf5]"
        aria-pressed={listening}
        aria-label={listening ? "Stop talking" : "Start talking"}
        onClick={onToggle}
      >
        <Icon aria-hidden="true" className="size-12 drop-shadow" />
      </button>
    </div>
  );
}
