import { waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ApiProblem } from "@/api/problem";
import { ConversationServer, type Line } from "@/testing/conversationServer";
import { keptTurn } from "@/testing/messages";
import { Conversation, type ConversationPorts } from "./conversation";

let server: ConversationServer;
let conversation: Conversation;
let stored: string | null;

beforeEach(async () => {
  server = await ConversationServer.start();
  stored = null;
});

afterEach(async () => {
  conversation.dispose();
  await server.stop();
});

function begin(ports: Partial<ConversationPorts> = {}): Conversation {
  conversation = new Conversation({
    startSession: () => Promise.resolve({ sessionId: "session" }),
    endSession: () => Promise.resolve(),
    authorise: () => Promise.resolve(true),
    urlOf: () => server.url,
    onReplyAudio: () => undefined,
    store: { read: () => stored, write: (sessionId) => (stored = sessionId) },
    delayMs: () => 1,
    ...ports,
  });
  return conversation;
}

async function openLine(index = 0, missedTurns: ReturnType<typeof keptTurn>[] = []): Promise<Line> {
  const line = await waitFor(() => {
    const found = server.lines[index];
    if (!found || found.heard("open").length === 0) throw new Error("not yet");
    return found;
  });
  line.say({ case: "opened", value: { missedTurns } });
  await waitFor(() => expect(conversation.getState().connection).toBe("open"));
  return line;
}

describe("words", () => {
  it("that were typed before there is a session start one and are sent once it is open", async () => {
    begin().say("hello");
    const line = await openLine();
    await waitFor(() => expect(line.heard("text")).toMatchObject([{ text: "hello" }]));
    expect(stored).toBe("session");
  });

  it("that were spoken while the connection was made are sent in their order", async () => {
    void begin().connect();
    conversation.sendAudio(Uint8Array.of(1, 1));
    conversation.sendAudio(Uint8Array.of(2, 2));
    const line = await openLine();
    conversation.sendAudio(Uint8Array.of(3, 3));
    await waitFor(() => expect(line.heard("audio").map(({ data }) => data[0])).toEqual([1, 2, 3]));
  });

  it("whose answer was lost are sent again under the same id", async () => {
    begin().say("hello");
    const first = await openLine();
    await waitFor(() => expect(first.heard("text")).toHaveLength(1));
    first.peer.terminate();
    const second = await openLine(1);
    await waitFor(() => expect(second.heard("text")).toEqual(first.heard("text")));
  });

  it("that the server has answered meanwhile are not sent again", async () => {
    begin().say("hello");
    const first = await openLine();
    await waitFor(() => expect(first.heard("text")).toHaveLength(1));
    first.peer.terminate();
    const second = await openLine(1, [keptTurn(first.heard("text")[0]?.turnId ?? "")]);
    conversation.say("more");
    await waitFor(() => expect(second.heard("text").map(({ text }) => text)).toEqual(["more"]));
  });
});

describe("closing", () => {
  it("before the session was started leaves no connection behind", async () => {
    let started: (session: { sessionId: string }) => void = () => undefined;
    const begun = begin({ startSession: () => new Promise((resolve) => (started = resolve)) }).connect();
    conversation.dispose();
    started({ sessionId: "session" });
    await begun;
    expect(stored).toBeNull();
    expect(conversation.getState().connection).not.toBe("open");
    expect(server.lines).toHaveLength(0);
  });

  it("and resuming at once connects again, as a page that is mounted twice does", async () => {
    stored = "session";
    begin().resume();
    conversation.dispose();
    conversation.resume();
    // The first connection was dropped before it said anything.
    const spoke = () => server.lines.findIndex((line) => line.heard("open").length > 0);
    await waitFor(() => expect(spoke()).toBeGreaterThanOrEqual(0));
    await openLine(spoke());
  });
});

describe("resuming", () => {
  it("asks for what came after the last completed turn", async () => {
    begin().say("hello");
    const first = await openLine();
    first.say({ case: "turnCompleted", value: { turn: keptTurn("t1") } }, "t1");
    await waitFor(() => expect(conversation.getState().turns.at(-1)?.turnId).toBe("t1"));
    first.peer.terminate();
    const second = await openLine(1);
    expect(second.heard("open")).toMatchObject([{ lastTurnId: "t1" }]);
  });

  it("goes on after a reload", async () => {
    stored = "session";
    begin({ startSession: () => Promise.reject(new Error("must not start another")) }).resume();
    const line = await openLine(0, [keptTurn("t1")]);
    expect(line.heard("open")).toMatchObject([{ sessionId: "session", lastTurnId: "" }]);
    expect(conversation.getState().turns).toHaveLength(1);
  });

  it("does nothing when there is nothing to go on with", () => {
    begin().resume();
    expect(conversation.getState().connection).toBe("closed");
  });

  it("of a session that is over starts a new one with the next words", async () => {
    stored = "old";
    begin({ startSession: () => Promise.resolve({ sessionId: "new" }) }).resume();
    (await openLine()).peer.close(4404);
    await waitFor(() => expect(stored).toBeNull());
    conversation.say("hello");
    const line = await openLine(1);
    expect(line.heard("open")).toMatchObject([{ sessionId: "new" }]);
  });
});

describe("starting", () => {
  it("that fails is told, and tried again with the same key", async () => {
    const startSession = vi
      .fn<ConversationPorts["startSession"]>()
      .mockRejectedValueOnce(new ApiProblem(503, "Try again shortly."))
      .mockResolvedValue({ sessionId: "session" });
    begin({ startSession }).say("hello");
    await waitFor(() => expect(conversation.getState().notice?.message).toBe("Try again shortly."));
    conversation.retry(conversation.getState().notice?.retryTurnId ?? "");
    await openLine();
    const [[first], [second]] = startSession.mock.calls as [[string], [string]];
    expect(first).toBe(second);
  });

  it("happens once, however often it is asked for", async () => {
    const startSession = vi.fn(() => Promise.resolve({ sessionId: "session" }));
    begin({ startSession });
    await Promise.all([conversation.connect(), conversation.connect()]);
    await openLine();
    await conversation.connect();
    expect(startSession).toHaveBeenCalledOnce();
    expect(server.lines).toHaveLength(1);
  });
});

describe("speaking and being spoken to", () => {
  it("end of speech names its turn, and is not sent twice", async () => {
    void begin().connect();
    const line = await openLine();
    conversation.endSpeech();
    conversation.endSpeech();
    conversation.interrupt(null);
    await waitFor(() => expect(line.heard("interrupt")).toHaveLength(1));
    expect(line.heard("endOfSpeech")).toHaveLength(1);
    expect(line.heard("endOfSpeech")[0]?.turnId).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("an interruption tells how far the reply was heard", async () => {
    void begin().connect();
    const line = await openLine();
    conversation.interrupt({ turnId: "t1", sentenceIndex: 2, offsetMs: 300, finished: false });
    await waitFor(() => expect(line.heard("interrupt")).toMatchObject([{ turnId: "t1" }]));
    expect(line.heard("playback")).toMatchObject([
      { turnId: "t1", sentenceIndex: 2, offsetMs: 300, sentenceFinished: false },
    ]);
  });

  it("reply audio is passed on", async () => {
    const onReplyAudio = vi.fn();
    void begin({ onReplyAudio }).connect();
    const line = await openLine();
    line.say({ case: "replyAudio", value: { data: Uint8Array.of(1, 2), sampleRateHz: 24_000 } }, "t1");
    await waitFor(() => expect(onReplyAudio).toHaveBeenCalledOnce());
    expect(onReplyAudio.mock.calls[0]).toMatchObject(["t1", { sampleRateHz: 24_000 }]);
  });
});

describe("ending", () => {
  it("gives the session's id and forgets it", async () => {
    const endSession = vi.fn(() => Promise.resolve());
    void begin({ endSession }).connect();
    await openLine();
    expect(await conversation.end()).toBe("session");
    expect(endSession).toHaveBeenCalledWith("session");
    expect(stored).toBeNull();
    expect(conversation.getState().connection).toBe("closed");
  });

  it("that fails leaves everything as it is", async () => {
    void begin({ endSession: () => Promise.reject(new ApiProblem(503, "Try again.")) }).connect();
    await openLine();
    await expect(conversation.end()).rejects.toThrow("Try again.");
    expect(conversation.getState().connection).toBe("open");
    expect(stored).toBe("session");
  });
});
