import { waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ConversationServer, type Line } from "@/testing/conversationServer";
import { MAX_ATTEMPTS } from "./backoff";
import { type Connection, ConversationSocket, type SocketOptions } from "./socket";

let server: ConversationServer;
let connections: Connection[];
let events: string[];
let socket: ConversationSocket | undefined;

beforeEach(async () => {
  server = await ConversationServer.start();
  connections = [];
  events = [];
});

afterEach(async () => {
  socket?.close();
  await server.stop();
});

function start(options: Partial<SocketOptions> = {}): ConversationSocket {
  socket = new ConversationSocket({
    url: server.url,
    open: () => ({ sessionId: "session", lastTurnId: "last" }),
    onEvent: ({ event }) => events.push(event.case ?? "nothing"),
    onConnection: (connection) => connections.push(connection),
    authorise: () => Promise.resolve(true),
    delayMs: () => 1,
    ...options,
  });
  socket.start();
  return socket;
}

/** The connection of the given number (from 0), once its client has said `open`. */
function line(index: number): Promise<Line> {
  return waitFor(() => {
    const found = server.lines[index];
    if (!found || found.heard("open").length === 0) throw new Error("not yet");
    return found;
  });
}

async function openLine(index = 0): Promise<Line> {
  const found = await line(index);
  found.say({ case: "opened", value: {} });
  await waitFor(() => expect(connections.at(-1)).toBe("open"));
  return found;
}

describe("an open conversation", () => {
  it("begins with `open` and is open when the server says so", async () => {
    start();
    const first = await line(0);
    expect(first.heard("open")).toMatchObject([{ sessionId: "session", lastTurnId: "last" }]);
    expect(connections).toEqual(["connecting"]);
    await openLine();
    expect(connections).toEqual(["connecting", "open"]);
  });

  it("sends nothing before it is open", async () => {
    const sent = start().send({ case: "interrupt", value: {} });
    await line(0);
    expect(sent).toBe(false);
    expect(server.lines[0]?.requests).toHaveLength(1);
  });

  it("numbers frames from 0", async () => {
    const client = start();
    const first = await openLine();
    client.sendAudio(Uint8Array.of(1, 2));
    client.sendAudio(Uint8Array.of(3, 4));
    await waitFor(() => expect(first.heard("audio")).toHaveLength(2));
    expect(first.heard("audio").map(({ sequence }) => sequence)).toEqual([0n, 1n]);
  });

  it("ignores what is not of the protocol", async () => {
    start();
    const first = await openLine();
    first.peer.send("text");
    first.peer.send(Buffer.from([0xff, 0xff]));
    first.say({ case: "heartbeat", value: {} });
    await waitFor(() => expect(events).toEqual(["opened", "heartbeat"]));
    expect(connections.at(-1)).toBe("open");
  });

  it("sends heartbeats", async () => {
    start({ heartbeatMs: 5 });
    const first = await openLine();
    await waitFor(() => expect(first.heard("heartbeat").length).toBeGreaterThan(1));
  });
});

describe("a lost connection", () => {
  it("comes back, renewed, and counts frames anew", async () => {
    const authorise = vi.fn(() => Promise.resolve(true));
    const client = start({ authorise });
    const first = await openLine();
    client.sendAudio(Uint8Array.of(1, 2));
    await waitFor(() => expect(first.heard("audio")).toHaveLength(1));
    first.peer.terminate();
    const second = await openLine(1);
    client.sendAudio(Uint8Array.of(3, 4));
    await waitFor(() => expect(second.heard("audio").map(({ sequence }) => sequence)).toEqual([0n]));
    expect(connections).toEqual(["connecting", "open", "reconnecting", "open"]);
    expect(authorise).toHaveBeenCalledOnce();
  });

  it.each([1008, 1011, 1012, 1013])("closed with %i is tried again", async (code) => {
    start();
    (await openLine()).peer.close(code);
    await openLine(1);
  });

  it("of a server that fell silent is noticed", async () => {
    start({ heartbeatMs: 10 });
    (await openLine()).say({ case: "heartbeat", value: {} });
    await line(1);
    expect(connections).toContain("reconnecting");
  });

  it("is given up after some tries, and can be asked for again", async () => {
    const delays: number[] = [];
    const client = start({
      authorise: () => Promise.reject(new Error("offline")),
      delayMs: (n) => delays.push(n),
    });
    (await openLine()).peer.terminate();
    await waitFor(() => expect(connections.at(-1)).toBe("lost"));
    expect(delays).toHaveLength(MAX_ATTEMPTS);
    client.start();
    await openLine(1);
  });

  it("that breaks right after each opening is given up too", async () => {
    start();
    for (let attempt = 0; attempt <= MAX_ATTEMPTS; attempt++) {
      const opened = await line(attempt);
      opened.say({ case: "opened", value: {} });
      opened.peer.close(1011);
    }
    await waitFor(() => expect(connections.at(-1)).toBe("lost"));
  });

  it("ends at the sign-in when that has expired", async () => {
    start({ authorise: () => Promise.resolve(false) });
    (await openLine()).peer.close(1008);
    await waitFor(() => expect(connections.at(-1)).toBe("signed_out"));
    expect(server.lines).toHaveLength(1);
  });
});

describe("a conversation that is over", () => {
  it.each([
    [1000, "ended"],
    [1003, "refused"],
    [1009, "refused"],
    [4404, "gone"],
  ])("with %i is %s and not tried again", async (code, connection) => {
    start();
    (await openLine()).peer.close(code);
    await waitFor(() => expect(connections.at(-1)).toBe(connection));
    expect(connections).not.toContain("reconnecting");
  });

  it("by the client is closed normally", async () => {
    const client = start();
    const first = await openLine();
    const code = new Promise((resolve) => first.peer.once("close", resolve));
    client.close();
    expect(await code).toBe(1000);
    expect(connections.at(-1)).toBe("closed");
  });
});
