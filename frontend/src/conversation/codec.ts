import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  type ConverseRequest,
  ConverseRequestSchema,
  type ConverseResponse,
  ConverseResponseSchema,
} from "@/gen/voicecbt/session/v1/session_pb";

/** Each binary WebSocket message is one serialized ConverseRequest or ConverseResponse. */
export const SUBPROTOCOL = "voicecbt.v1.proto";

/** What the client may say: one case of ConverseRequest. */
export type Outgoing = NonNullable<MessageInitShape<typeof ConverseRequestSchema>["request"]>;

export function encodeRequest(request: Outgoing): Uint8Array<ArrayBuffer> {
  const message: ConverseRequest = create(ConverseRequestSchema, { request });
  return new Uint8Array(toBinary(ConverseRequestSchema, message));
}

/** For a server or a test that listens to this client. */
export function decodeRequest(data: Uint8Array): ConverseRequest {
  return fromBinary(ConverseRequestSchema, data);
}

/** Reads one message of the server; null when it is not one, as a text frame or garbage. */
export function decodeResponse(data: unknown): ConverseResponse | null {
  if (!(data instanceof ArrayBuffer)) return null;
  try {
    return fromBinary(ConverseResponseSchema, new Uint8Array(data));
  } catch {
    return null;
  }
}
