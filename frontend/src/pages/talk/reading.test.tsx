import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ConversationServer } from "@/testing/conversationServer";
import { FakeApi, ok, problem } from "@/testing/fakeApi";
import { keptTurn } from "@/testing/messages";
import { expectAccessible, renderApp } from "@/testing/renderApp";
import { asked, opened, serveConversations, SESSION_ID, TALK_API, typed } from "@/testing/talkPage";

let server: ConversationServer;

beforeEach(async () => {
  server = await serveConversations();
});

afterEach(async () => {
  vi.unstubAllGlobals();
  localStorage.clear();
  await server.stop();
});

async function answered(): Promise<string> {
  await typed("hello");
  const [line, turnId] = await asked(server);
  line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId) } }, turnId);
  await screen.findByText("Based on: Sleeping better");
  return turnId;
}

describe("read, don’t speak", () => {
  const theSwitch = () => screen.findByRole("switch", { name: "Read, don’t speak" });

  it("asks for no audio, from the first connection on, and is remembered on this device", async () => {
    new FakeApi(TALK_API);
    const { unmount } = renderApp("/talk");
    await userEvent.click(await theSwitch());
    unmount();
    renderApp("/talk");
    expect(await theSwitch()).toBeChecked();
    await typed("hello");
    const line = await opened(server);
    expect(line.heard("open")).toMatchObject([{ textOnly: true }]);
  });

  it("opens the conversation anew when there is one, and goes on where it was", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    const turnId = await answered();
    await userEvent.click(await theSwitch());
    await waitFor(() => expect(server.lines).toHaveLength(2));
    const line = await opened(server);
    expect(line.heard("open")).toMatchObject([{ textOnly: true, lastTurnId: turnId }]);
    await userEvent.click(await theSwitch());
    await waitFor(() => expect(server.lines).toHaveLength(3));
    expect((await opened(server)).heard("open")).toMatchObject([{ textOnly: false }]);
  });

  it("waits for the turn that is on its way", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("hello");
    const [line, turnId] = await asked(server);
    await userEvent.click(await theSwitch());
    line.say({ case: "replyDelta", value: { sentenceIndex: 0, text: "That sounds" } }, turnId);
    await screen.findByTestId("reply");
    expect(server.lines).toHaveLength(1);
    line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId) } }, turnId);
    await waitFor(() => expect(server.lines).toHaveLength(2));
  });
});

describe("rating a reply", () => {
  const path = (turnId: string) => `/sessions/${SESSION_ID}/turns/${turnId}/rating`;

  async function rate(): Promise<void> {
    await userEvent.click(screen.getByRole("button", { name: "Rate this reply" }));
    expect(screen.getByRole("group", { name: "How helpful was this?" })).toBeVisible();
    expect(screen.getByRole("button", { name: "Send rating" })).toBeDisabled();
    await userEvent.click(screen.getByRole("radio", { name: "5 of 5, very" }));
  }

  it("is asked only of who wants to, and sent once chosen", async () => {
    const routes: ConstructorParameters<typeof FakeApi>[0] = { ...TALK_API };
    const api = new FakeApi(routes);
    const { container } = renderApp("/talk");
    const turnId = await answered();
    routes[`POST ${path(turnId)}`] = ok({});
    expect(screen.queryByRole("radio")).not.toBeInTheDocument();
    await rate();
    await expectAccessible(container);
    await userEvent.click(screen.getByRole("button", { name: "Send rating" }));
    expect(await screen.findByText("Thank you for telling us.")).toBeVisible();
    expect(api.to(`POST ${path(turnId)}`)[0]?.body).toEqual({ satisfaction: 5 });
    expect(screen.getByRole("button", { name: "Change your rating" })).toBeVisible();
  });

  it("that failed says so and keeps what was chosen", async () => {
    const routes: ConstructorParameters<typeof FakeApi>[0] = { ...TALK_API };
    new FakeApi(routes);
    renderApp("/talk");
    const turnId = await answered();
    routes[`POST ${path(turnId)}`] = problem(503, { detail: "Please try again shortly." });
    await rate();
    await userEvent.click(screen.getByRole("button", { name: "Send rating" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Please try again shortly.");
    expect(screen.getByRole("radio", { name: "5 of 5, very" })).toBeChecked();
  });

  it("is not asked, and no feeling guessed, when human help was called for", async () => {
    new FakeApi(TALK_API);
    renderApp("/talk");
    await typed("I want to die");
    const [line, turnId] = await asked(server);
    const safety = { helplines: [{ name: "Lifeline", phone: "13 11 14" }] };
    line.say({ case: "turnCompleted", value: { turn: keptTurn(turnId, { safety }) } }, turnId);
    expect(await screen.findByTestId("safety")).toBeVisible();
    expect(screen.getByTestId("reply")).toHaveTextContent("That sounds tiring.");
    expect(screen.queryByRole("button", { name: "Rate this reply" })).not.toBeInTheDocument();
    expect(screen.queryByTestId("emotion")).not.toBeInTheDocument();
    expect(screen.queryByText(/Technique/)).not.toBeInTheDocument();
  });
});
