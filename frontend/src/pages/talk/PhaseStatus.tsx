import type { MicrophoneStatus } from "@/audio/useMicrophone";
import type { Phase } from "@/conversation/state";

const WORDS: Record<Phase, string> = {
  idle: "Press to talk, or type below",
  listening: "Listening",
  hearing: "I hear you",
  thinking: "Thinking",
  speaking: "Speaking",
};

interface PhaseStatusProps {
  phase: Phase;
  microphone: MicrophoneStatus;
  connected: boolean;
}

function statusInWords(phase: Phase, microphone: MicrophoneStatus, connected: boolean): string {
  if (microphone === "asking") return "Please allow the microphone";
  return microphone === "on" && !connected ? "Connecting" : WORDS[phase];
}

/** What the companion is doing: shown, and read out when it changes. */
export function PhaseStatus({ phase, microphone, connected }: PhaseStatusProps) {
  const words = statusInWords(phase, microphone, connected);
  return (
    <div>
      <p role="status" aria-live="polite" className="font-heading text-xl">
        {words}
      </p>
      <p className="mt-1 min-h-6 text-sm text-muted-foreground">
        {microphone === "on" ? (
          <>
            <span aria-hidden="true" className="mr-2 inline-block size-2.5 rounded-full bg-danger" />
            {phase === "speaking" ? "Microphone is on hold while I speak" : "Microphone is on"}
          </>
        ) : (
          "Microphone is off"
        )}
      </p>
    </div>
  );
}
