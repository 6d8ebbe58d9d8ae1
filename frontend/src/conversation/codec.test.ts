import { create, toBinary } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { ConverseResponseSchema } from "@/gen/voicecbt/session/v1/session_pb";
import { backoffMs } from "./backoff";
import { decodeRequest, decodeResponse, encodeRequest } from "./codec";

function asReceived(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}

describe("requests", () => {
  it("carry audio unchanged", () => {
    const data = Uint8Array.from([1, 2, 3, 255]);
    const { request } = decodeRequest(encodeRequest({ case: "audio", value: { sequence: 7n, data } }));
    expect(request.case).toBe("audio");
    expect(request.value).toMatchObject({ sequence: 7n, data });
  });

  it("may be empty messages, and still say which they are", () => {
    expect(decodeRequest(encodeRequest({ case: "heartbeat", value: {} })).request.case).toBe("heartbeat");
  });

  it("have the bytes that the contract says", () => {
    // Field 3 (text), length 8: field 1 (turn_id) "t", field 2 (text) "hey".
    const bytes = encodeRequest({ case: "text", value: { turnId: "t", text: "hey" } });
    expect([...bytes]).toEqual([0x1a, 8, 0x0a, 1, 0x74, 0x12, 3, 0x68, 0x65, 0x79]);
  });
});

describe("responses", () => {
  it("are read", () => {
    const event = { case: "replyDelta", value: { sentenceIndex: 1, text: "Breathe." } } as const;
    const message = create(ConverseResponseSchema, { sequence: 3n, turnId: "turn", event });
    const read = decodeResponse(asReceived(toBinary(ConverseResponseSchema, message)));
    expect(read).toEqual(message);
  });

  it("from a newer server are read as far as they are known", () => {
    // Field 99, a string that this version has never heard of.
    const read = decodeResponse(asReceived(Uint8Array.from([0x9a, 0x06, 1, 0x41])));
    expect(read?.event.case).toBeUndefined();
  });

  it.each([["text"], [null], [asReceived(Uint8Array.from([0xff, 0xff, 0xff]))]])("%s is none", (data) => {
    expect(decodeResponse(data)).toBeNull();
  });
});

describe("back-off", () => {
  it("doubles up to a ceiling", () => {
    expect([0, 1, 2, 3, 4, 5, 10].map((attempt) => backoffMs(attempt, 0))).toEqual([
      500, 1000, 2000, 4000, 8000, 10_000, 10_000,
    ]);
  });

  it("is spread over half of itself", () => {
    expect(backoffMs(1, 1)).toBe(500);
    expect(backoffMs(1, 0.5)).toBe(750);
  });
});
