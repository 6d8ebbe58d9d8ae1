import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { ProblemAlert } from "@/components/ProblemAlert";
import { PageTitle } from "@/components/PageTitle";
import { Button } from "@/components/ui/button";
import { Switch } from "@/components/ui/switch";
import { cn } from "@/lib/cn";
import { useSession } from "@/session/useSession";
import { ConnectionNotice } from "./ConnectionNotice";
import { CurrentTurn } from "./CurrentTurn";
import { EarlierTurns } from "./EarlierTurns";
import { MicrophoneHelp } from "./MicrophoneHelp";
import { PhaseStatus } from "./PhaseStatus";
import { SafetyPanel } from "./SafetyPanel";
import { TurnNotice } from "./TurnNotice";
import { TypeInstead } from "./TypeInstead";
import { useSpaceKey } from "./useSpaceKey";
import { type Talk as TalkState, useTalk } from "./useTalk";
import { VoiceSphere } from "./VoiceSphere";

/** Ends the session and shows it as a past one. */
function useEnding(talk: TalkState) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const [problem, setProblem] = useState<Error | null>(null);
  async function end() {
    setProblem(null);
    try {
      const sessionId = await talk.end();
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== "profile" });
      await navigate(sessionId === null ? "/dashboard" : `/history/${sessionId}`);
    } catch (error) {
      setProblem(error instanceof Error ? error : new Error(String(error)));
    }
  }
  return { end: () => void end(), problem };
}

/** The sphere and what it is doing. Large while it is all there is; small beside the words of a conversation. */
function Companion({ talk }: { talk: TalkState }) {
  const { state, phase, microphone, toggle } = talk;
  const compact = state.turns.length > 0 || state.hearing || state.partial !== "";
  return (
    <div className={cn("flex gap-5", compact ? "items-center" : "flex-col items-center text-center")}>
      <VoiceSphere
        phase={phase}
        listening={microphone.status === "on"}
        compact={compact}
        level={microphone.level}
        onToggle={toggle}
      />
      <div className={cn("flex flex-col", !compact && "items-center")}>
        <PhaseStatus phase={phase} microphone={microphone.status} connected={state.connection === "open"} />
        {phase === "speaking" && (
          <Button variant="outline" className="mt-2 self-start" onClick={talk.interrupt}>
            Stop the reply
          </Button>
        )}
      </div>
    </div>
  );
}

export default function Talk() {
  const talk = useTalk();
  const { state, phase, microphone, toggle } = talk;
  const { remember } = useSession();
  const ending = useEnding(talk);
  useSpaceKey(toggle);

  const signedOut = state.connection === "signed_out";
  useEffect(() => {
    if (signedOut) remember(null);
  }, [remember, signedOut]);

  return (
    <div className="mx-auto max-w-2xl space-y-5">
      <PageTitle title="Talk">
        {state.turns.length === 0 &&
          "Say what is on your mind. Pause when you are done, or press the button again."}
      </PageTitle>
      <SafetyPanel helplines={state.helplines} />
      <Companion talk={talk} />
      <MicrophoneHelp status={microphone.status} />
      <ConnectionNotice connection={state.connection} onReconnect={talk.reconnect} />
      {state.notice && <TurnNotice notice={state.notice} onRetry={talk.retry} />}
      <CurrentTurn state={state} phase={phase} sessionId={talk.sessionId} />
      <TypeInstead busy={phase === "thinking"} onSend={talk.send} />
      {ending.problem && <ProblemAlert error={ending.problem} onRetry={ending.end} />}
      <div className="flex flex-wrap items-center justify-between gap-3">
        <Switch label="Read, don’t speak" checked={talk.textOnly} onCheckedChange={talk.setTextOnly} />
        {(state.connection !== "closed" || state.turns.length > 0) && (
          <Button variant="outline" onClick={ending.end}>
            End session
          </Button>
        )}
      </div>
      <EarlierTurns turns={state.turns} sessionId={talk.sessionId} />
    </div>
  );
}
