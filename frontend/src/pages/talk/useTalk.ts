import { useCallback, useEffect, useRef, useState } from "react";
import type { Heard } from "@/audio/player";
import { type Microphone, useMicrophone } from "@/audio/useMicrophone";
import { usePlayer } from "@/audio/usePlayer";
import { type Conversation, INPUT_RATE_HZ, LIVE, OUTPUT_RATE_HZ } from "@/conversation/conversation";
import { type ConversationState, type Phase, phaseOf, runningTurn } from "@/conversation/state";
import { readTextOnly, rememberTextOnly } from "@/conversation/textOnlyStore";
import { useConversation } from "@/conversation/useConversation";
import type { ReplyAudio } from "@/gen/voicecbt/session/v1/session_pb";

export interface Talk {
  readonly state: ConversationState;
  /** The session that the tab is in; null before the first words and once it is over. */
  readonly sessionId: string | null;
  /** Replies are to be read and not spoken. */
  readonly textOnly: boolean;
  readonly setTextOnly: (textOnly: boolean) => void;
  readonly phase: Phase;
  readonly microphone: Microphone;
  /** Starts listening, or stops and says that the person is done. */
  readonly toggle: () => void;
  readonly interrupt: () => void;
  readonly send: (text: string) => void;
  readonly retry: (turnId: string) => void;
  readonly reconnect: () => void;
  /** Ends the session; gives its id, or null when none was started. */
  readonly end: () => Promise<string | null>;
}

/** Ties microphone, conversation and player together. Half duplex: while a reply is spoken nothing is sent. */
export function useTalk(): Talk {
  const conversationRef = useRef<Conversation | null>(null);
  const player = usePlayer(OUTPUT_RATE_HZ, {
    onPlaying: (playing) => conversationRef.current?.dispatch({ type: "playing", playing }),
    onHeard: (heard: Heard) => conversationRef.current?.heard(heard),
  });
  const enqueue = useCallback(
    (turnId: string, audio: ReplyAudio) => {
      const { sentenceIndex, data, sampleRateHz, sentenceFinished } = audio;
      player.enqueue({
        turnId,
        sentenceIndex,
        data,
        rateHz: sampleRateHz || OUTPUT_RATE_HZ,
        sentenceFinished,
      });
    },
    [player],
  );
  const [conversation, state] = useConversation(enqueue);
  useEffect(() => {
    conversationRef.current = conversation;
  }, [conversation]);

  const onFrame = useCallback(
    (data: Uint8Array) => {
      if (!player.isPlaying()) conversation.sendAudio(data);
    },
    [conversation, player],
  );
  const microphone = useMicrophone(INPUT_RATE_HZ, onFrame);
  const listening = microphone.status === "on";

  useEffect(() => conversation.dispatch({ type: "microphone", on: listening }), [conversation, listening]);
  const { stop: closeMicrophone } = microphone;
  const live = LIVE.has(state.connection);
  useEffect(() => {
    // An open microphone that nobody listens to would only pretend.
    if (!live && listening) closeMicrophone();
  }, [closeMicrophone, listening, live]);
  const cutOff = state.connection !== "open" || runningTurn(state) === undefined;
  useEffect(() => {
    if (cutOff) player.settle();
  }, [cutOff, player]);

  const [textOnly, setTextOnlyState] = useState(readTextOnly);

  function interrupt() {
    const heard = player.stop();
    if (heard) conversation.interrupt(heard);
  }

  async function listen() {
    player.unlock();
    interrupt();
    await Promise.all([conversation.connect(), microphone.start()]);
  }

  function toggle() {
    if (!listening) return void listen();
    conversation.endSpeech();
    microphone.stop();
  }

  function send(text: string) {
    player.unlock();
    interrupt();
    conversation.say(text);
  }

  function setTextOnly(on: boolean) {
    // Silent at once; the reply goes on in writing, so it is not interrupted.
    const heard = on ? player.stop() : null;
    if (heard) conversation.heard(heard);
    conversation.setTextOnly(on);
    rememberTextOnly(on);
    setTextOnlyState(on);
  }

  async function end() {
    player.stop();
    microphone.stop();
    return conversation.end();
  }

  return {
    state,
    sessionId: conversation.sessionId,
    textOnly,
    setTextOnly,
    phase: phaseOf(state),
    microphone,
    toggle,
    interrupt,
    send,
    retry: (turnId) => {
      player.unlock();
      conversation.retry(turnId);
    },
    reconnect: () => conversation.reconnect(),
    end,
  };
}
