import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { AddressInfo } from "node:net";
import { type WebSocket as Peer, WebSocketServer } from "ws";
import { decodeRequest, SUBPROTOCOL } from "@/conversation/codec";
import { type ConverseRequest, ConverseResponseSchema } from "@/gen/voicecbt/session/v1/session_pb";

type Event = NonNullable<MessageInitShape<typeof ConverseResponseSchema>["event"]>;
type Request = ConverseRequest["request"];
type Kind = NonNullable<Request["case"]>;
type Value<K extends Kind> = Extract<Request, { case: K }>["value"];

/** One client's connection to a ConversationServer, with all that it has said so far. */
export class Line {
  readonly requests: Request[] = [];

  constructor(readonly peer: Peer) {
    peer.on("message", (data: Buffer) => this.requests.push(decodeRequest(data).request));
  }

  say(event: Event, turnId = ""): void {
    this.peer.send(toBinary(ConverseResponseSchema, create(ConverseResponseSchema, { event, turnId })));
  }

  /** The requests of one kind, in their order. */
  heard<K extends Kind>(kind: K): Value<K>[] {
    return this.requests.flatMap(({ case: found, value }) => (found === kind ? [value as Value<K>] : []));
  }
}

/** A real WebSocket server on loopback whose answers the test gives. */
export class ConversationServer {
  readonly lines: Line[] = [];

  private constructor(private readonly server: WebSocketServer) {
    server.on("connection", (peer) => this.lines.push(new Line(peer)));
  }

  static async start(): Promise<ConversationServer> {
    const handleProtocols = (offered: Set<string>) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false);
    const server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols });
    await new Promise((resolve) => server.once("listening", resolve));
    return new ConversationServer(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    for (const { peer } of this.lines) peer.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
