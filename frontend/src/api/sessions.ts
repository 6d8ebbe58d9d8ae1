import {
  EndSessionResponseSchema,
  type GetSessionResponse,
  GetSessionResponseSchema,
  type ListSessionsResponse,
  ListSessionsResponseSchema,
  RateTurnResponseSchema,
  type Session,
  StartSessionRequestSchema,
  StartSessionResponseSchema,
  SessionType,
} from "@/gen/voicecbt/session/v1/session_pb";
import { create } from "@bufbuild/protobuf";
import { newId } from "@/lib/ids";
import { callFor, json } from "./client";
import { ApiProblem } from "./problem";

const PAGE_SIZE = 20;

/** Starts a session; the same key gives the same session. */
export async function startSession(idempotencyKey: string): Promise<Session> {
  const body = json(
    StartSessionRequestSchema,
    create(StartSessionRequestSchema, { sessionType: SessionType.VOICE }),
  );
  const request = { method: "POST", path: "/sessions", body, idempotencyKey } as const;
  const { session } = await callFor(StartSessionResponseSchema, request);
  if (!session) throw new ApiProblem(502, "The session could not be started. Please try again.");
  return session;
}

export async function endSession(sessionId: string): Promise<void> {
  const path = `/sessions/${encodeURIComponent(sessionId)}/end`;
  await callFor(EndSessionResponseSchema, { method: "POST", path, body: {}, idempotencyKey: newId() });
}

/** Newest first; the empty token asks for the first page. */
export function listSessions(pageToken: string): Promise<ListSessionsResponse> {
  const query = new URLSearchParams({ page_size: String(PAGE_SIZE) });
  if (pageToken !== "") query.set("page_token", pageToken);
  return callFor(ListSessionsResponseSchema, { method: "GET", path: `/sessions?${query.toString()}` });
}

export function getSession(sessionId: string): Promise<GetSessionResponse> {
  const path = `/sessions/${encodeURIComponent(sessionId)}`;
  return callFor(GetSessionResponseSchema, { method: "GET", path });
}

/** How helpful a reply was, from 1 (not at all) to 5 (very); the last rating counts. */
export async function rateTurn(sessionId: string, turnId: string, satisfaction: number): Promise<void> {
  const path = `/sessions/${encodeURIComponent(sessionId)}/turns/${encodeURIComponent(turnId)}/rating`;
  const request = { method: "POST", path, body: { satisfaction }, idempotencyKey: newId() } as const;
  await callFor(RateTurnResponseSchema, request);
}
