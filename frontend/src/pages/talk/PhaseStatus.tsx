import type { MicrophoneStatus } from "@/audio/useMicrophone";
import type { Phase } from "@/conversation/state";

const WORDS: Record<Phase, string> = {
  idle: "Press to talk, or type below",
  listening: "Listening",
  hearing: "I hear you",
  thinking: "Thinking",
  speaking: "Speaking",
};

/** What the companion is doing: shown, and read out when it changes. */
export function PhaseStatus({ phase, microphone }: { phase: Phase; microphone: MicrophoneStatus }) {
  const words = microphone === "asking" ? "Please allow the microphone" : WORDS[phase];
  return (
    <div className="mt-5 text-center">
      <p role="status" aria-live="polite" className="font-heading text-xl">
        {words}
      </p>
      <p className="mt-1 flex min-h-6 items-center justify-center gap-2 text-sm text-muted-foreground">
        {microphone === "on" ? (
          <>
            <span aria-hidden="true" className="size-2.5 rounded-full bg-danger" />
            {phase === "speaking" ? "Microphone is on hold while I speak" : "Microphone is on"}
          </>
        ) : (
          "Microphone is off"
        )}
      </p>
    </div>
  );
}
