import { afterEach, describe, expect, it, vi } from "vitest";
import { GetMoodTrendResponseSchema } from "@/gen/voicecbt/insights/v1/insights_pb";
import { FakeApi, inTurn, ok, problem } from "@/testing/fakeApi";
import { fetchProfile, signIn } from "./auth";
import { call, callFor } from "./client";
import { ApiProblem, messageOf } from "./problem";

afterEach(() => vi.unstubAllGlobals());

const get = (path: string) => ({ method: "GET", path }) as const;

describe("answers", () => {
  it("are read by their snake_case names, and what is unknown is ignored", async () => {
    new FakeApi({
      "GET /trend": ok({ points: [{ day: "2026-01-02", mean_mood: 5.5, of_the_future: 1 }], more: true }),
    });
    const { points } = await callFor(GetMoodTrendResponseSchema, get("/trend"));
    expect(points).toMatchObject([{ day: "2026-01-02", meanMood: 5.5, entries: 0 }]);
  });

  it("may be empty", async () => {
    new FakeApi({ "DELETE /moods/1": () => new Response(null, { status: 204 }) });
    expect(await call({ method: "DELETE", path: "/moods/1" })).toEqual({});
  });
});

describe("an expired access token", () => {
  it("is refreshed once for all calls that need it", async () => {
    const fresh = { current: false };
    const guarded = () => (fresh.current ? ok({})({} as never) : problem(401)({} as never));
    const api = new FakeApi({
      "GET /a": guarded,
      "GET /b": guarded,
      "POST /auth/refresh": () => {
        fresh.current = true;
        return Response.json({});
      },
    });
    await Promise.all([call(get("/a")), call(get("/b")), call(get("/a"))]);
    expect(api.to("POST /auth/refresh")).toHaveLength(1);
    expect(api.to("POST /auth/refresh")[0]?.body).toEqual({ token_delivery: "cookie" });
  });

  it("that cannot be refreshed means that sign-in is needed", async () => {
    const api = new FakeApi({ "GET /a": problem(401), "POST /auth/refresh": problem(401) });
    await expect(call(get("/a"))).rejects.toMatchObject({ status: 401 });
    expect(api.to("GET /a")).toHaveLength(1);
  });

  it("is not refreshed twice for one call", async () => {
    const api = new FakeApi({ "GET /a": problem(401), "POST /auth/refresh": ok({}) });
    await expect(call(get("/a"))).rejects.toBeInstanceOf(ApiProblem);
    expect(api.to("POST /auth/refresh")).toHaveLength(1);
    expect(api.to("GET /a")).toHaveLength(2);
  });

  it("of nobody gives no profile", async () => {
    new FakeApi({ "GET /me": problem(401), "POST /auth/refresh": problem(401) });
    expect(await fetchProfile()).toBeNull();
  });

  it("is not what a wrong password is", async () => {
    const api = new FakeApi({ "POST /auth/sign-in": problem(401, { detail: "Wrong email or password." }) });
    await expect(signIn({ email: "a@b.c", password: "x" })).rejects.toThrow("Wrong email or password.");
    expect(api.calls).toHaveLength(1);
    expect(api.calls[0]?.body).toEqual({ email: "a@b.c", password: "x", token_delivery: "cookie" });
  });
});

describe("problems", () => {
  async function problemOf(answer: ReturnType<typeof problem>): Promise<ApiProblem> {
    new FakeApi({ "GET /a": answer });
    return call(get("/a")).then(
      () => Promise.reject(new Error("must fail")),
      (error: unknown) => error as ApiProblem,
    );
  }

  it("carry their fields by the last part of the path, and when to come back", async () => {
    const errors = [
      { field: "mood.mood_score", message: "too high" },
      { field: "mood.emotions['joy']", message: "too strong" },
      { field: 7 },
    ];
    const found = await problemOf(problem(400, { detail: "No.", errors, retry_after_seconds: 3 }));
    expect(found.byField()).toEqual({ mood_score: "too high", emotions: "too strong" });
    expect(found).toMatchObject({ status: 400, message: "No.", retryAfterSeconds: 3 });
  });

  it.each([
    ["a page of a proxy", () => new Response("<h1>Bad gateway</h1>", { status: 502 })],
    [
      "broken JSON",
      () => new Response("{", { status: 500, headers: { "content-type": "application/json" } }),
    ],
    ["a list", () => Response.json([1], { status: 500 })],
  ])("%s still gives plain words", async (_, answer) => {
    expect((await problemOf(answer)).message).toMatch(/Something went wrong on our side/);
  });

  it("without any answer say that the service cannot be reached", async () => {
    const offline = () => Promise.reject(new TypeError("failed to fetch"));
    const found = await problemOf(offline);
    expect(found.status).toBe(0);
    expect(found.message).toMatch(/cannot reach/);
  });

  it("of our own code show no inner words", () => {
    expect(messageOf(new TypeError("x is undefined"))).toMatch(/Something went wrong/);
  });

  it("pass, and the next call works", async () => {
    new FakeApi({ "GET /a": inTurn(problem(503), ok({ fine: true })) });
    await expect(call(get("/a"))).rejects.toMatchObject({ status: 503 });
    expect(await call(get("/a"))).toEqual({ fine: true });
  });
});
