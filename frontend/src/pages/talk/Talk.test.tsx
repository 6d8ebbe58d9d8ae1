import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Method } from "@/gen/voicecbt/emotion/v1/emotion_pb";
import type { ConversationServer } from "@/testing/conversationServer";
import { FakeApi, problem } from "@/testing/fakeApi";
import { anxious, keptTurn } from "@/testing/messages";
import { expectAccessible, renderApp } from "@/testing/renderApp";
import { asked, serveConversations, SESSION_ID, TALK_API, typed } from "@/testing/talkPage";

let server: ConversationServer;

beforeEach(async () => {
  server = await serveConversations();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  await server.stop();
});

describe("a typed turn", () => {
  it("shows what was said, the emotion as a guess, the reply as it comes, and what it is based on", async () => {
    const api = new FakeApi(TALK_API);
    const { container } = renderApp("/talk");
    await typed("I cannot sleep");
    const [line, turnId] = await asked(server);
    expect(api.to("POST /sessions")[0]?.headers.get("idempotency-key")).toMatch(/^[0-9a-f-]{36}$/);
    expect(screen.getByTestId("transcript")).toHaveTextContent("I cannot sleep");
    expect(screen.getByRole("status")).toHaveTextContent("Thinking");
    line.say({ case: "turnStarted", value: {} }, turnId);
    line.say({ case: "emotion", value: { estimate: anxious() } }, turnId);
    expect(await screen.findByTestId("emotion")).toHaveTextContent(
      "You sound anxious(a guess, 62% sure; early estimate)",
    );
    line.say({ case: "replyDelta", value: { sentenceIndex: 0, text: "That sounds" } }, turnId);
    expect(await screen.findByTestId("reply")).toHaveTextContent("That sounds");
    line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId) } }, turnId);
    await waitFor(() => expect(screen.getByTestId("reply")).toHaveTextContent("That sounds tiring."));
    expect(screen.getByText("Based on: Sleeping better")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent("Press to talk");
    await expectAccessible(container);
  });

  it.each([
    [anxious({ abstained: true }), "How you feel: not sure"],
    [anxious({ method: Method.TRAINED }), "You sound anxious(a guess, 62% sure)"],
  ])("words the emotion by what is known of it", async (emotion, words) => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("hello");
    const [line, turnId] = await asked(server);
    line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId, { emotion }) } }, turnId);
    await waitFor(() => expect(screen.getByTestId("emotion")).toHaveTextContent(words));
  });

  it("keeps earlier turns below, and names only the latest for tests", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("one");
    const [line, turnId] = await asked(server);
    line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId, { transcript: "one" }) } }, turnId);
    await screen.findByTestId("reply");
    await typed("two");
    expect(screen.getByTestId("transcript")).toHaveTextContent("two");
    expect(screen.getByRole("region", { name: "Earlier in this talk" })).toHaveTextContent("one");
  });
});

describe("danger", () => {
  it("shows at once, and keeps showing, where a person is to talk to", async () => {
    new FakeApi(TALK_API);
    const { container } = renderApp("/talk");
    await typed("I want to die");
    const [line, turnId] = await asked(server);
    const helplines = [
      { name: "Lifeline", phone: "13 11 14", url: "https://lifeline.example", hours: "24 hours" },
      { name: "Trap", url: "javascript:alert(1)" },
    ];
    line.say({ case: "safety", value: { safety: { helplines } } }, turnId);
    const panel = await screen.findByTestId("safety");
    expect(panel).toHaveAttribute("role", "alert");
    expect(screen.getByRole("link", { name: "13 11 14" })).toHaveAttribute("href", "tel:131114");
    expect(screen.getByRole("link", { name: "lifeline.example" })).toBeVisible();
    expect(container.querySelector('a[href^="javascript:"]')).toBeNull();
    line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId) } }, turnId);
    await screen.findByText("Based on: Sleeping better");
    expect(panel).toBeVisible();
    await expectAccessible(container);
  });

  it("names the finder of helplines once", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("I want to die");
    const [line, turnId] = await asked(server);
    const helplines = [{ name: "Find A Helpline", url: "https://findahelpline.com" }];
    line.say({ case: "safety", value: { safety: { helplines } } }, turnId);
    const panel = await screen.findByTestId("safety");
    expect(panel).toHaveTextContent("findahelpline.com");
    expect(panel).not.toHaveTextContent("In another country");
  });
});

describe("when something fails", () => {
  it("a failed turn says why and can be tried again under its id", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("hello");
    const [line, turnId] = await asked(server);
    line.say({ case: "turnFailed", value: { message: "Please try again.", retryable: true } }, turnId);
    expect(await screen.findByRole("alert")).toHaveTextContent("Please try again.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(line.heard("text").map((text) => text.turnId)).toEqual([turnId, turnId]));
  });

  it("a lost connection is told and comes back", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("hello");
    const [line] = await asked(server);
    line.peer.terminate();
    expect(await screen.findByText(/The connection was lost/)).toBeVisible();
    await userEvent.click(screen.getByRole("button", { name: "Reconnect now" }));
    await waitFor(() => expect(server.lines).toHaveLength(2));
    await asked(server);
    await waitFor(() => expect(screen.queryByText(/The connection was lost/)).not.toBeInTheDocument());
  });

  it("a session that cannot be started is told, and the words are kept", async () => {
    new FakeApi({ ...TALK_API, "POST /sessions": problem(503, { detail: "Please try again shortly." }) });
    renderApp("/talk");
    await typed("hello");
    expect(await screen.findByRole("alert")).toHaveTextContent("Please try again shortly.");
    expect(screen.getByTestId("transcript")).toHaveTextContent("hello");
    expect(screen.getByRole("button", { name: "Try again" })).toBeEnabled();
  });
});

it("ending the session shows it as a past one", async () => {
  const api = new FakeApi(TALK_API);
  const { router } = renderApp("/talk");
  await typed("hello");
  await asked(server);
  await userEvent.click(screen.getByRole("button", { name: "End session" }));
  await screen.findByText("Nothing was said in this talk.");
  expect(router.state.location.pathname).toBe(`/history/${SESSION_ID}`);
  expect(api.to(`POST /sessions/${SESSION_ID}/end`)).toHaveLength(1);
});
