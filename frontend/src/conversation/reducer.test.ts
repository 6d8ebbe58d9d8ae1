import { describe, expect, it } from "vitest";
import { keptTurn, response } from "@/testing/messages";
import { type ConversationAction, conversationReducer } from "./reducer";
import { type ConversationState, initialConversation, lastCompletedId, phaseOf } from "./state";

type Event = Parameters<typeof response>[0];

function server(event: Event, turnId = ""): ConversationAction {
  return { type: "server", response: response(event, turnId) };
}

function after(
  actions: ConversationAction[],
  from: ConversationState = initialConversation,
): ConversationState {
  return actions.reduce(conversationReducer, from);
}

const open: ConversationAction = { type: "connection", connection: "open" };
const listening: ConversationAction[] = [open, { type: "microphone", on: true }];
const helplines = [{ name: "Lifeline", phone: "13 11 14" }];

const spoken: ConversationAction[] = [
  ...listening,
  server({ case: "speechStarted", value: {} }),
  server({ case: "partialTranscript", value: { text: "I cannot" } }),
  server({ case: "speechStopped", value: {} }),
  server({ case: "turnStarted", value: {} }, "t1"),
  server({ case: "finalTranscript", value: { text: "I cannot sleep" } }, "t1"),
  server({ case: "replyDelta", value: { sentenceIndex: 0, text: "That sounds" } }, "t1"),
  server({ case: "replyDelta", value: { sentenceIndex: 0, text: " tiring." } }, "t1"),
  server({ case: "replyDelta", value: { sentenceIndex: 1, text: "Since when?" } }, "t1"),
];

describe("pressing stop after a pause has ended what was said", () => {
  const stopped: ConversationAction[] = [{ type: "speech_ended" }, { type: "microphone", on: false }];
  const nothing = server(
    { case: "turnFailed", value: { reason: "nothing_heard", message: "I heard nothing.", retryable: true } },
    "t2",
  );

  it("is no failure: the words are a turn already", () => {
    const state = after([...spoken, ...stopped, nothing]);
    expect(state.notice).toBeNull();
    expect(state.awaiting).toBe(false);
  });

  it("is one when nothing was said since the microphone went on", () => {
    const again: ConversationAction = { type: "microphone", on: true };
    const state = after([...spoken, ...stopped, nothing, again, ...stopped, nothing]);
    expect(state.notice).toMatchObject({ kind: "failed", message: "I heard nothing." });
  });
});

describe("a spoken turn", () => {
  it("goes through its phases", () => {
    const phases = spoken.map((_, index) => phaseOf(after(spoken.slice(0, index + 1))));
    expect(phases).toEqual([
      "idle",
      "listening",
      "hearing",
      "hearing",
      "listening",
      "thinking",
      "thinking",
      "thinking",
      "thinking",
      "thinking",
    ]);
  });

  it("shows the words as they are recognised, and then what was said", () => {
    expect(after(spoken.slice(0, 4)).partial).toBe("I cannot");
    const state = after(spoken);
    expect(state.partial).toBe("");
    expect(state.turns).toMatchObject([
      { transcript: "I cannot sleep", sentences: ["That sounds tiring.", "Since when?"] },
    ]);
  });

  it("ends with what the server keeps", () => {
    const state = after([
      ...spoken,
      server({ case: "turnCompleted", value: { turn: keptTurn("t1") } }, "t1"),
    ]);
    expect(phaseOf(state)).toBe("listening");
    expect(lastCompletedId(state)).toBe("t1");
    expect(state.turns).toMatchObject([{ sentences: ["That sounds tiring."], technique: "sleep_hygiene" }]);
  });

  it("is being spoken as long as it is heard, also after it was completed", () => {
    const completed = server({ case: "turnCompleted", value: { turn: keptTurn("t1") } }, "t1");
    const state = after([...spoken, { type: "playing", playing: true }, completed]);
    expect(phaseOf(state)).toBe("speaking");
    expect(phaseOf(after([{ type: "playing", playing: false }], state))).toBe("listening");
  });
});

describe("end of speech", () => {
  it("waits for the server", () => {
    expect(phaseOf(after([...listening, { type: "speech_ended" }]))).toBe("thinking");
  });

  it("that nothing was heard of is told, and listening goes on", () => {
    const nothing = server(
      { case: "turnFailed", value: { message: "I heard nothing.", retryable: true } },
      "t9",
    );
    const state = after([...listening, { type: "speech_ended" }, nothing]);
    expect(phaseOf(state)).toBe("listening");
    expect(state.notice).toEqual({ kind: "failed", message: "I heard nothing.", retryTurnId: null });
    expect(state.turns).toEqual([]);
  });
});

describe("failures", () => {
  const typed: ConversationAction = { type: "typed", turnId: "t1", text: "hello" };
  const failed = server({ case: "turnFailed", value: { message: "Sorry.", retryable: true } }, "t1");

  it("of a turn whose words are known can be tried again under the same id", () => {
    const state = after([open, typed, failed]);
    expect(state.notice?.retryTurnId).toBe("t1");
    const again = after([typed], state);
    expect(again.notice).toBeNull();
    expect(again.turns).toHaveLength(1);
    expect(phaseOf(again)).toBe("thinking");
  });

  it("that make no sense to try again offer no way to", () => {
    const final = server({ case: "turnFailed", value: { message: "Too long.", retryable: false } }, "t1");
    expect(after([open, typed, final]).notice?.retryTurnId).toBeNull();
  });

  it("of a part are told while the turn goes on", () => {
    const degraded = server({
      case: "degraded",
      value: { stage: "synthesis", message: "I cannot speak now." },
    });
    const state = after([open, typed, degraded]);
    expect(state.notice).toEqual({ kind: "degraded", message: "I cannot speak now.", retryTurnId: null });
    expect(phaseOf(state)).toBe("thinking");
  });

  it("of single frames are not told", () => {
    const error = server({ case: "error", value: { field: "audio.sequence", message: "expected 4" } });
    expect(after([...listening, error]).notice).toBeNull();
  });

  it("to start a session keep the words, to be tried again", () => {
    const state = after([typed, { type: "not_started", message: "No connection." }]);
    expect(state.notice).toEqual({ kind: "failed", message: "No connection.", retryTurnId: "t1" });
    expect(phaseOf(state)).toBe("idle");
  });
});

describe("a lost connection", () => {
  const lost: ConversationAction = { type: "connection", connection: "reconnecting" };

  it("loses the words that were in the air, and says so", () => {
    const state = after([...spoken.slice(0, 4), lost]);
    expect(state.notice?.message).toContain("say that again");
    expect(phaseOf(state)).toBe("listening");
    expect(state.partial).toBe("");
  });

  it("keeps a turn whose words are known, and starts its reply over when it comes again", () => {
    const state = after([...spoken, lost, open]);
    expect(phaseOf(state)).toBe("thinking");
    const again = after(
      [
        server({ case: "turnStarted", value: {} }, "t1"),
        server({ case: "replyDelta", value: { sentenceIndex: 0, text: "That" } }, "t1"),
      ],
      state,
    );
    expect(again.turns).toMatchObject([{ sentences: ["That"] }]);
  });

  it("catches up on what was missed", () => {
    const missedTurns = [keptTurn("t1"), keptTurn("t2")];
    const state = after([...spoken, lost, open, server({ case: "opened", value: { missedTurns } })]);
    expect(state.turns.map(({ turnId, status }) => [turnId, status])).toEqual([
      ["t1", "completed"],
      ["t2", "completed"],
    ]);
    expect(lastCompletedId(state)).toBe("t2");
    expect(state.notice).toBeNull();
  });

  it("to a session that is over offers to say it in a new one", () => {
    const state = after([...spoken, { type: "connection", connection: "gone" }]);
    expect(state.notice).toMatchObject({ retryTurnId: "t1" });
  });
});

describe("helplines", () => {
  it("stay once they were called for", () => {
    const state = after([
      server({ case: "safety", value: { safety: { helplines } } }, "t1"),
      server({ case: "turnCompleted", value: { turn: keptTurn("t2") } }, "t2"),
      { type: "connection", connection: "lost" },
    ]);
    expect(state.helplines).toMatchObject(helplines);
  });

  it("of a missed turn are shown too", () => {
    const missedTurns = [keptTurn("t1", { safety: { helplines } })];
    expect(after([server({ case: "opened", value: { missedTurns } })]).helplines).toMatchObject(helplines);
  });

  it("go with the session", () => {
    const state = after([server({ case: "safety", value: { safety: { helplines } } }), { type: "reset" }]);
    expect(state).toEqual(initialConversation);
  });
});
