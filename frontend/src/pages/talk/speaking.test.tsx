import { fireEvent, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ConversationServer, Line } from "@/testing/conversationServer";
import { FakeApi, problem } from "@/testing/fakeApi";
import { FakeSoundSystem } from "@/testing/fakeMicrophone";
import { keptTurn } from "@/testing/messages";
import { expectAccessible, renderApp } from "@/testing/renderApp";
import { opened, serveConversations, TALK_API, typed } from "@/testing/talkPage";

let server: ConversationServer;
let sound: FakeSoundSystem;

beforeEach(async () => {
  server = await serveConversations();
  sound = new FakeSoundSystem();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  sound.remove();
  await server.stop();
});

async function startTalking(): Promise<Line> {
  new FakeApi(TALK_API);
  renderApp("/talk");
  await userEvent.click(await screen.findByRole("button", { name: "Start talking" }));
  const line = await opened(server);
  await screen.findByText("Microphone is on");
  return line;
}

/** 0.2 s of the first sentence of a reply. */
function sayAudio(line: Line, sentenceFinished: boolean): void {
  const data = new Uint8Array(0.2 * 24_000 * 2);
  line.say({ case: "replyAudio", value: { data, sampleRateHz: 24_000, sentenceFinished } }, "t1");
}

function status(): HTMLElement {
  return screen.getByRole("status");
}

describe("speaking", () => {
  it("sends what the microphone hears, and shows the words as they are recognised", async () => {
    const line = await startTalking();
    expect(screen.getByRole("button", { name: "Stop talking" })).toHaveAttribute("aria-pressed", "true");
    await waitFor(() => expect(status()).toHaveTextContent("Listening"));
    sound.hear(7);
    await waitFor(() => expect(line.heard("audio").map(({ data }) => data.length)).toEqual([640]));
    line.say({ case: "speechStarted", value: {} });
    line.say({ case: "partialTranscript", value: { text: "I cannot" } });
    await waitFor(() => expect(screen.getByTestId("transcript")).toHaveTextContent("I cannot"));
    expect(status()).toHaveTextContent("I hear you");
    await expectAccessible(document.body);
  });

  it("ends with the button: the microphone is closed and the server told", async () => {
    const line = await startTalking();
    await waitFor(() => expect(status()).toHaveTextContent("Listening"));
    await userEvent.click(screen.getByRole("button", { name: "Stop talking" }));
    await waitFor(() => expect(line.heard("endOfSpeech")).toHaveLength(1));
    expect(sound.tracks.map(({ stopped }) => stopped)).toEqual([true]);
    expect(status()).toHaveTextContent("Thinking");
    line.say({ case: "turnFailed", value: { message: "I could not hear anything.", retryable: true } }, "t1");
    expect(await screen.findByRole("alert")).toHaveTextContent("I could not hear anything.");
  });

  it("ends when the device goes away", async () => {
    await startTalking();
    sound.tracks[0]?.ended?.();
    expect(await screen.findByText("Microphone is off")).toBeVisible();
  });

  it("ends when there is nobody to listen", async () => {
    const line = await startTalking();
    await waitFor(() => expect(status()).toHaveTextContent("Listening"));
    line.peer.close(1000);
    expect(await screen.findByText("Microphone is off")).toBeVisible();
    expect(screen.getByRole("button", { name: "Go on here" })).toBeVisible();
  });
});

describe("a spoken reply", () => {
  it("puts the microphone on hold, tells what was heard, and then listens again", async () => {
    const line = await startTalking();
    sayAudio(line, true);
    await waitFor(() => expect(status()).toHaveTextContent("Speaking"));
    sound.hear(1);
    sound.play(1);
    await waitFor(() => expect(line.heard("playback")).toHaveLength(2));
    expect(line.heard("playback")).toMatchObject([
      { turnId: "t1", offsetMs: 0, sentenceFinished: false },
      { turnId: "t1", offsetMs: 200, sentenceFinished: true },
    ]);
    await waitFor(() => expect(status()).toHaveTextContent("Listening"));
    sound.hear(2);
    await waitFor(() => expect(line.heard("audio").map(({ data }) => data[0])).toEqual([2]));
  });

  it("can be interrupted", async () => {
    const line = await startTalking();
    sayAudio(line, false);
    await userEvent.click(await screen.findByRole("button", { name: "Stop the reply" }));
    await waitFor(() => expect(line.heard("interrupt")).toMatchObject([{ turnId: "t1" }]));
    expect(line.heard("playback")).toMatchObject([{ sentenceFinished: false }]);
    expect(status()).toHaveTextContent("Listening");
  });

  it("whose rest never came does not keep the microphone on hold", async () => {
    const line = await startTalking();
    line.say({ case: "turnStarted", value: {} }, "t1");
    sayAudio(line, false);
    await waitFor(() => expect(status()).toHaveTextContent("Speaking"));
    sound.play(1);
    line.say({ case: "turnCompleted", value: { turn: keptTurn("t1") } }, "t1");
    await waitFor(() => expect(status()).toHaveTextContent("Listening"));
  });
});

describe("without a microphone", () => {
  it.each([
    ["NotAllowedError", /does not let us use the microphone/],
    ["NotFoundError", /cannot find a microphone/],
    ["NotReadableError", /another program may be using it/],
  ])("because of %s it is explained, and typing still works", async (name, words) => {
    new FakeApi(TALK_API);
    sound.refusal = new DOMException("no", name);
    renderApp("/talk");
    await userEvent.click(await screen.findByRole("button", { name: "Start talking" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(words);
    expect(screen.getByRole("button", { name: "Start talking" })).toHaveAttribute("aria-pressed", "false");
    await typed("hello");
    expect(screen.getByTestId("transcript")).toHaveTextContent("hello");
  });

  it("in a browser that cannot record it is explained", async () => {
    new FakeApi(TALK_API);
    vi.stubGlobal("AudioWorkletNode", undefined);
    renderApp("/talk");
    await userEvent.click(await screen.findByRole("button", { name: "Start talking" }));
    expect(await screen.findByRole("alert")).toHaveTextContent(/cannot record here/);
  });

  it("a session that cannot be started leaves none open", async () => {
    new FakeApi({ ...TALK_API, "POST /sessions": problem(503, { detail: "Please try again shortly." }) });
    renderApp("/talk");
    await userEvent.click(await screen.findByRole("button", { name: "Start talking" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Please try again shortly.");
    await waitFor(() => expect(sound.tracks.every(({ stopped }) => stopped)).toBe(true));
    expect(screen.getByText("Microphone is off")).toBeVisible();
  });
});

it("the space key talks, but not from the text box", async () => {
  new FakeApi(TALK_API);
  renderApp("/talk");
  await userEvent.type(await screen.findByRole("textbox", { name: "Type instead" }), "a b");
  expect(sound.tracks).toHaveLength(0);
  fireEvent.keyDown(document.body, { code: "Space" });
  await waitFor(() => expect(sound.tracks).toHaveLength(1));
});
