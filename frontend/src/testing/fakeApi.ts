import { vi } from "vitest";

/** One call that the app made. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  readonly body: unknown;
}

type Answer = (call: ApiCall) => Response | Promise<Response>;

export function ok(body: unknown, status = 200): Answer {
  return () => Response.json(body, { status });
}

/** An RFC 9457 problem document. */
export function problem(status: number, rest: Record<string, unknown> = {}): Answer {
  const headers = { "content-type": "application/problem+json" };
  return () => new Response(JSON.stringify({ title: "Problem", status, ...rest }), { status, headers });
}

/** Answers in turn; the last one stays. */
export function inTurn(...answers: Answer[]): Answer {
  let next = 0;
  return (call) => {
    const answer = answers[Math.min(next++, answers.length - 1)] ?? problem(500);
    return answer(call);
  };
}

/** Stands in for the edge's REST API at the only door the app has to it, `fetch`. Routes are `METHOD /path`. */
export class FakeApi {
  readonly calls: ApiCall[] = [];

  constructor(private readonly routes: Record<string, Answer>) {
    vi.stubGlobal("fetch", (url: string, init: RequestInit = {}) => this.answer(url, init));
  }

  /** The calls of one route, in their order. */
  to(route: string): ApiCall[] {
    return this.calls.filter(({ method, path }) => `${method} ${path}` === route);
  }

  private async answer(url: string, init: RequestInit): Promise<Response> {
    const { pathname, searchParams } = new URL(url, "http://localhost");
    const call: ApiCall = {
      method: init.method ?? "GET",
      path: pathname.replace("/api/v1", ""),
      query: searchParams,
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? JSON.parse(init.body) : undefined,
    };
    this.calls.push(call);
    const route = this.routes[`${call.method} ${call.path}`] ?? problem(404, { detail: "Not found." });
    return route(call);
  }
}

export const PROFILE = { profile: { user_id: "11111111-1111-4111-8111-111111111111", first_name: "Robin" } };

/** Nobody is signed in. */
export const SIGNED_OUT = { "GET /me": problem(401), "POST /auth/refresh": problem(401) };

/** Robin is signed in, and has noted no mood yet. */
export const SIGNED_IN = { "GET /me": ok(PROFILE), "GET /moods": ok({}) };
