import { Mic, Square } from "lucide-react";
import { useEffect, useRef } from "react";
import type { LevelMeter } from "@/audio/level";
import { cn } from "@/lib/cn";
import type { Phase } from "@/conversation/state";

interface VoiceSphereProps {
  phase: Phase;
  listening: boolean;
  /** Small, to leave the room to the conversation. */
  compact: boolean;
  level: LevelMeter;
  onToggle: () => void;
}

/** The button that the page is about. Its ring is the level meter: it grows with the voice. */
export function VoiceSphere({ phase, listening, compact, level, onToggle }: VoiceSphereProps) {
  const ring = useRef<HTMLSpanElement>(null);
  useEffect(
    () => level.subscribe((value) => ring.current?.style.setProperty("--level", value.toFixed(3))),
    [level],
  );
  const Icon = listening ? Square : Mic;
  return (
    <div className={cn("relative shrink-0", compact ? "size-24 sm:size-28" : "mx-auto size-40 sm:size-52")}>
      <span ref={ring} aria-hidden="true" className="sphere-ring absolute inset-0 rounded-full" />
      <button
        type="button"
        data-phase={phase}
        className="sphere absolute inset-0 grid cursor-pointer place-items-center rounded-full text-[#fffaf5]"
        aria-pressed={listening}
        aria-label={listening ? "Stop talking" : "Start talking"}
        onClick={onToggle}
      >
        <Icon aria-hidden="true" className={cn("drop-shadow", compact ? "size-8" : "size-12")} />
      </button>
    </div>
  );
}
