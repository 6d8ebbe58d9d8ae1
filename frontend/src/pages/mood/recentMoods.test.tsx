import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { FakeApi, inTurn, ok, problem, SIGNED_IN } from "@/testing/fakeApi";
import { renderApp } from "@/testing/renderApp";

afterEach(() => vi.unstubAllGlobals());

const LOW = { mood_id: "m1", time: "2026-03-01T10:00:00Z", mood_score: 2, emotions: { fear: 0.3, shame: 1 } };
const GOOD = { mood_id: "m2", time: "2026-03-02T10:00:00Z", mood_score: 8, notes: "sun", context: "at work" };

async function notes(): Promise<HTMLElement[]> {
  const section = await screen.findByRole("region", { name: "What you noted before" });
  return within(section).findAllByRole("listitem");
}

it("shows what was noted, in words", async () => {
  new FakeApi({ ...SIGNED_IN, "GET /moods": ok({ moods: [GOOD, LOW] }) });
  renderApp("/mood");
  const [good, low] = await notes();
  expect(good).toHaveTextContent(/8 – good.*at worksun/);
  expect(low).toHaveTextContent(/2 – low.*shame, fear/);
});

it("shows a note as soon as it is saved", async () => {
  const list = inTurn(ok({}), ok({ moods: [GOOD] }));
  new FakeApi({ ...SIGNED_IN, "GET /moods": list, "POST /moods": ok({ mood: GOOD }, 201) });
  renderApp("/mood");
  expect(await screen.findByText("Nothing yet.")).toBeVisible();
  await userEvent.click(screen.getByRole("button", { name: "Save mood" }));
  expect(await notes()).toHaveLength(1);
});

it("deletes a note after asking once more", async () => {
  const list = inTurn(ok({ moods: [GOOD, LOW] }), ok({ moods: [LOW] }));
  const api = new FakeApi({ ...SIGNED_IN, "GET /moods": list, "DELETE /moods/m2": ok({}) });
  renderApp("/mood");
  const [good] = await notes();
  if (!good) throw new Error("no note");
  const remove = within(good).getByRole("button", { name: /^Delete the note of/ });
  await userEvent.click(remove);
  expect(remove).toHaveFocus();
  expect(remove).toHaveAccessibleName(/^Keep the note of/);
  expect(api.to("DELETE /moods/m2")).toHaveLength(0);
  await userEvent.click(within(good).getByRole("button", { name: "Delete for good" }));
  expect(await screen.findByText("The note is deleted.")).toBeVisible();
  await waitFor(async () => expect(await notes()).toHaveLength(1));
  expect(api.to("DELETE /moods/m2")[0]?.headers.get("idempotency-key")).not.toBeNull();
});

it("says when a note could not be deleted, and keeps it", async () => {
  const refused = problem(503, { detail: "Please try again shortly." });
  new FakeApi({ ...SIGNED_IN, "GET /moods": ok({ moods: [GOOD] }), "DELETE /moods/m2": refused });
  renderApp("/mood");
  await userEvent.click(await screen.findByRole("button", { name: /^Delete the note of/ }));
  await userEvent.click(screen.getByRole("button", { name: "Delete for good" }));
  expect(await screen.findByRole("alert")).toHaveTextContent("Please try again shortly.");
  expect(await notes()).toHaveLength(1);
});

it("comes page by page", async () => {
  const pages = inTurn(ok({ moods: [GOOD], next_page_token: "more" }), ok({ moods: [LOW] }));
  const api = new FakeApi({ ...SIGNED_IN, "GET /moods": pages });
  renderApp("/mood");
  await userEvent.click(await screen.findByRole("button", { name: "Show earlier notes" }));
  await waitFor(async () => expect(await notes()).toHaveLength(2));
  expect(api.to("GET /moods").map(({ query }) => query.get("page_token"))).toEqual([null, "more"]);
});
