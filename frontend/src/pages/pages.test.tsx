import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { lastDays } from "@/lib/dates";
import { FakeApi, inTurn, ok, problem, SIGNED_IN, SIGNED_OUT } from "@/testing/fakeApi";
import { expectAccessible, renderApp } from "@/testing/renderApp";

afterEach(() => vi.unstubAllGlobals());

const ID = "22222222-2222-4222-8222-222222222222";
const TODAY = lastDays(1)[0];
const SESSION = {
  session_id: ID,
  status: "SESSION_STATUS_ENDED",
  start_time: "2026-03-01T10:00:00Z",
  duration: "240s",
  turn_count: 1,
  emotion_summary: { sadness: 1, anxiety: 3 },
};
const TURN = {
  turn_id: "t1",
  transcript: "I cannot sleep",
  reply: "That sounds tiring.",
  technique: "sleep_hygiene",
  citations: [{ document_id: "a", title: "Sleeping better", sources: ["A book, 2010"] }],
  emotion: { primary: "EMOTION_LABEL_ANXIETY", confidence: 0.62, method: "METHOD_HEURISTIC" },
};
const ALL = {
  ...SIGNED_IN,
  "GET /moods": ok({ moods: [{ mood_id: "m1", time: "2026-03-01T10:00:00Z", mood_score: 4 }] }),
  "GET /sessions": ok({ sessions: [SESSION] }),
  [`GET /sessions/${ID}`]: ok({ session: SESSION, turns: [TURN] }),
  "GET /insights/mood-trend": ok({
    points: [{ day: TODAY, entries: 2, mean_mood: 5.5, lowest_mood: 4, highest_mood: 7 }],
  }),
  "GET /insights/sessions": ok({ points: [{ day: TODAY, sessions: 2, turns: 9, total_seconds: 600 }] }),
};

describe.each([
  ["/", "Talk it through, one thought at a time", SIGNED_OUT],
  ["/register", "Create your account", SIGNED_OUT],
  ["/sign-in", "Sign in", SIGNED_OUT],
  ["/talk", "Talk", ALL],
  ["/mood", "How are you?", ALL],
  ["/history", "Your talks", ALL],
  [`/history/${ID}`, /^Talk of/, ALL],
  ["/dashboard", "Hello, Robin", ALL],
  ["/account", "Your account", ALL],
  ["/nowhere", "There is no such page", SIGNED_OUT],
])("%s", (path, heading, api) => {
  it("has one main heading, a title, a skip link and the emergency note, and is accessible", async () => {
    new FakeApi(api);
    const { container } = renderApp(path);
    expect(await screen.findByRole("heading", { level: 1, name: heading })).toBeVisible();
    await waitFor(() => expect(screen.queryByText("One moment…")).not.toBeInTheDocument());
    expect(screen.getAllByRole("heading", { level: 1 })).toHaveLength(1);
    expect(document.title).toMatch(/ · Voice CBT$/);
    expect(screen.getByRole("link", { name: "Skip to content" })).toHaveAttribute("href", "#content");
    const footer = within(screen.getByRole("contentinfo"));
    expect(footer.getByRole("link", { name: "findahelpline.com" })).toBeVisible();
    await expectAccessible(container);
  });
});

describe("the overview", () => {
  it("gives the charts' numbers to screen readers, and asks in the reader's time zone", async () => {
    const api = new FakeApi(ALL);
    renderApp("/dashboard");
    const moods = await screen.findByRole("table", { name: /Mood by day/ });
    expect(
      within(moods)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
    ).toEqual(["5.5", "4", "7"]);
    const talks = await screen.findByRole("table", { name: "Talks by day" });
    expect(
      within(talks)
        .getAllByRole("cell")
        .map(({ textContent }) => textContent),
    ).toEqual(["2", "9", "10 min"]);
    expect(screen.getByTestId("mood-chart")).toBeVisible();
    const { query } = api.to("GET /insights/mood-trend")[0] ?? {};
    expect(query?.get("days")).toBe("30");
    expect(query?.get("timezone")).not.toBe("");
  });

  it("says when there is nothing yet", async () => {
    new FakeApi({ ...ALL, "GET /insights/mood-trend": ok({}), "GET /insights/sessions": ok({}) });
    renderApp("/dashboard");
    expect(await screen.findByText(/No mood noted yet/)).toBeVisible();
    expect(await screen.findByText("No talks yet.")).toBeVisible();
  });

  it("says what failed, and tries again when asked", async () => {
    const trend = inTurn(problem(400, { detail: "Unknown time zone." }), ok({}));
    new FakeApi({ ...ALL, "GET /insights/mood-trend": trend });
    renderApp("/dashboard");
    expect(await screen.findByRole("alert")).toHaveTextContent("Unknown time zone.");
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText(/No mood noted yet/)).toBeVisible();
  });
});

describe("the history", () => {
  it("leads from a talk to its turns", async () => {
    new FakeApi(ALL);
    renderApp("/history");
    const row = await screen.findByRole("link", { name: /4 min/ });
    expect(row).toHaveTextContent("1 turn · 4 min");
    expect(row).toHaveTextContent("anxiety, sadness");
    await userEvent.click(row);
    expect(await screen.findByText("I cannot sleep")).toBeVisible();
    expect(screen.getByText(/You sound/)).toHaveTextContent("You sound anxious");
    expect(screen.getByText("Based on: Sleeping better")).toBeVisible();
    expect(screen.getByText(/Technique:/)).toHaveTextContent("sleep hygiene (habits for better sleep)");
  });

  it("comes page by page", async () => {
    const second = { ...SESSION, session_id: "other", duration: "60s" };
    const pages = inTurn(ok({ sessions: [SESSION], next_page_token: "more" }), ok({ sessions: [second] }));
    const api = new FakeApi({ ...ALL, "GET /sessions": pages });
    renderApp("/history");
    await userEvent.click(await screen.findByRole("button", { name: "Show earlier talks" }));
    expect(await screen.findByRole("link", { name: /1 min/ })).toBeVisible();
    expect(api.to("GET /sessions").map(({ query }) => query.get("page_token"))).toEqual([null, "more"]);
    expect(screen.queryByRole("button", { name: "Show earlier talks" })).not.toBeInTheDocument();
  });

  it("of an unknown talk says so", async () => {
    new FakeApi({ ...SIGNED_IN, [`GET /sessions/${ID}`]: problem(404, { detail: "No such session." }) });
    renderApp(`/history/${ID}`);
    expect(await screen.findByRole("alert")).toHaveTextContent("No such session.");
  });
});

describe("who is not signed in", () => {
  it.each(["/talk", "/mood", "/history", "/dashboard", "/account"])(
    "is asked to when going to %s",
    async (path) => {
      new FakeApi(SIGNED_OUT);
      const { router } = renderApp(path);
      expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
      expect(router.state.location.pathname).toBe("/sign-in");
    },
  );

  it("any more is asked to again", async () => {
    const api = { ...SIGNED_IN, "GET /sessions": problem(401), "POST /auth/refresh": problem(401) };
    new FakeApi(api);
    renderApp("/history");
    expect(await screen.findByRole("heading", { name: "Sign in" })).toBeVisible();
  });
});
