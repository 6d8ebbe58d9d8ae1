import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useNavigate } from "react-router";
import { ProblemAlert } from "@/components/ProblemAlert";
import { PageTitle } from "@/components/PageTitle";
import { Button } from "@/components/ui/button";
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
        Say what is on your mind. Pause when you are done, or press the button again.
      </PageTitle>
      <SafetyPanel helplines={state.helplines} />
      <div>
        <VoiceSphere
          phase={phase}
          listening={microphone.status === "on"}
          level={microphone.level}
          onToggle={toggle}
        />
        <PhaseStatus phase={phase} microphone={microphone.status} connected={state.connection === "open"} />
        <div className="mt-3 flex min-h-11 justify-center">
          {phase === "speaking" && (
            <Button variant="outline" onClick={talk.interrupt}>
              Stop the reply
            </Button>
          )}
        </div>
      </div>
      <MicrophoneHelp status={microphone.status} />
      <ConnectionNotice connection={state.connection} onReconnect={talk.reconnect} />
      {state.notice && <TurnNotice notice={state.notice} onRetry={talk.retry} />}
      <CurrentTurn state={state} phase={phase} />
      <TypeInstead busy={phase === "thinking"} onSend={talk.send} />
      {ending.problem && <ProblemAlert error={ending.problem} onRetry={ending.end} />}
      {(state.connection !== "closed" || state.turns.length > 0) && (
        <div className="flex justify-end">
          <Button variant="outline" onClick={ending.end}>
            End session
          </Button>
        </div>
      )}
      <EarlierTurns turns={state.turns} />
    </div>
  );
}
