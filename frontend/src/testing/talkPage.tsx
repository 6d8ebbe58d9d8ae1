import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, vi } from "vitest";
import { ConversationServer, type Line } from "./conversationServer";
import { ok, SIGNED_IN } from "./fakeApi";

export const SESSION_ID = "22222222-2222-4222-8222-222222222222";

/** What the talk page asks of the REST API. */
export const TALK_API = {
  ...SIGNED_IN,
  "POST /sessions": ok({ session: { session_id: SESSION_ID } }, 201),
  [`POST /sessions/${SESSION_ID}/end`]: ok({}),
  [`GET /sessions/${SESSION_ID}`]: ok({ session: { session_id: SESSION_ID }, turns: [] }),
};

/** A real server for the page's conversation. In jsdom the page has no real address, so it is sent there. */
export async function serveConversations(): Promise<ConversationServer> {
  const server = await ConversationServer.start();
  const { url } = server;
  const Real = WebSocket;
  vi.stubGlobal(
    "WebSocket",
    class extends Real {
      constructor(_: string, protocol: string) {
        super(url, protocol);
      }
    },
  );
  return server;
}

/** Types a text and sends it. */
export async function typed(text: string): Promise<void> {
  await userEvent.type(await screen.findByRole("textbox", { name: "Type instead" }), text);
  await userEvent.click(screen.getByRole("button", { name: "Send" }));
}

/** The page's latest connection, opened. */
export async function opened(server: ConversationServer): Promise<Line> {
  const line = await waitFor(() => {
    const found = server.lines.at(-1);
    if (!found || found.heard("open").length === 0) throw new Error("not yet");
    return found;
  });
  line.say({ case: "opened", value: {} });
  return line;
}

/** The same, and the id of the turn that was asked for in writing. */
export async function asked(server: ConversationServer): Promise<[Line, string]> {
  const line = await opened(server);
  await waitFor(() => expect(line.heard("text")).toHaveLength(1));
  return [line, line.heard("text")[0]?.turnId ?? ""];
}
