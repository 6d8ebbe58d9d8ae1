import { type DescMessage, fromJson, type JsonValue, type MessageShape, toJson } from "@bufbuild/protobuf";
import { ApiProblem, problemOf } from "./problem";
import { refreshOnce } from "./refresh";

/** One call: what is sent (a proto message as JSON, or plain JSON for what only the edge knows). */
export interface Call {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: JsonValue;
  /** Sent as Idempotency-Key: the same key never does the thing twice. */
  readonly idempotencyKey?: string;
  /** False for sign-in and the like, where 401 means a wrong password and not an expired token. */
  readonly refresh?: boolean;
}

async function send(call: Call): Promise<Response> {
  const headers = new Headers({ accept: "application/json" });
  if (call.body !== undefined) headers.set("content-type", "application/json");
  if (call.idempotencyKey !== undefined) headers.set("idempotency-key", call.idempotencyKey);
  const body = call.body === undefined ? null : JSON.stringify(call.body);
  try {
    return await fetch(`/api/v1${call.path}`, {
      method: call.method,
      headers,
      body,
      credentials: "same-origin",
    });
  } catch {
    throw new ApiProblem(0, "We cannot reach the service. Please check your connection and try again.");
  }
}

/**
 * Calls the API. An expired access token is refreshed once, then the call is repeated.
 * @throws ApiProblem for every answer that is not a success, with status 401 when sign-in is needed.
 */
export async function call(request: Call): Promise<JsonValue> {
  let response = await send(request);
  if (response.status === 401 && request.refresh !== false && (await refreshOnce())) {
    response = await send(request);
  }
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? {} : ((await response.json()) as JsonValue);
}

/** Calls the API and reads the answer as the given proto message; fields that it does not know are ignored. */
export async function callFor<D extends DescMessage>(answer: D, request: Call): Promise<MessageShape<D>> {
  return fromJson(answer, await call(request), { ignoreUnknownFields: true });
}

/** Proto-JSON with snake_case names, as the API speaks it. */
export function json<D extends DescMessage>(schema: D, message: MessageShape<D>): Record<string, JsonValue> {
  return toJson(schema, message, { useProtoFieldName: true }) as Record<string, JsonValue>;
}
