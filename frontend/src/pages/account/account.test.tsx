import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FakeApi, ok, problem, PROFILE } from "@/testing/fakeApi";
import { expectAccessible, renderApp } from "@/testing/renderApp";

afterEach(() => vi.unstubAllGlobals());

const FULL = {
  profile: {
    ...PROFILE.profile,
    email: "robin@example.org",
    last_name: "Example",
    timezone: "Europe/Berlin",
    country: "DE",
    preferences: { language: "gsw", voice: "warm", patience: "PATIENCE_BRISK" },
  },
};
const ROUTES = { "GET /me": ok(FULL) };

describe("preferences", () => {
  it("are shown as they are, also a language that is not offered", async () => {
    new FakeApi(ROUTES);
    renderApp("/account");
    expect(await screen.findByLabelText("First name (optional)")).toHaveValue("Robin");
    expect(screen.getByText("Signed in as robin@example.org.")).toBeVisible();
    expect(screen.getByLabelText("Country (optional)")).toHaveValue("DE");
    expect(screen.getByLabelText("Language you speak")).toHaveValue("gsw");
    expect(screen.getByRole("radio", { name: /^Short/ })).toBeChecked();
    expect(screen.getByRole("switch", { name: "Do not guess how I feel" })).not.toBeChecked();
  });

  it("that were never chosen are the usual ones", async () => {
    new FakeApi({ "GET /me": ok(PROFILE) });
    renderApp("/account");
    expect(await screen.findByRole("radio", { name: /^Usual/ })).toBeChecked();
    expect(screen.getByLabelText("Language you speak")).toHaveDisplayValue("Find out from what I say");
  });

  it("are saved together with what is not shown, which would be cleared otherwise", async () => {
    const api = new FakeApi({ ...ROUTES, "PATCH /me": ok(FULL) });
    renderApp("/account");
    await userEvent.selectOptions(await screen.findByLabelText("Language you speak"), "English");
    await userEvent.selectOptions(screen.getByLabelText("Country (optional)"), "I would rather not say");
    await userEvent.click(screen.getByRole("radio", { name: /^As I speak/ }));
    await userEvent.click(screen.getByRole("switch", { name: "Do not guess how I feel" }));
    await userEvent.click(screen.getByRole("button", { name: "Save changes" }));
    expect(await screen.findByText(/^Saved\./)).toBeVisible();
    const { profile } = api.to("PATCH /me")[0]?.body as { profile: Record<string, unknown> };
    expect(profile).toMatchObject({
      first_name: "Robin",
      last_name: "Example",
      timezone: "Europe/Berlin",
      preferences: { language: "en", voice: "warm", patience: "PATIENCE_LEARNT", emotion_off: true },
    });
    expect(profile).not.toHaveProperty("country");
  });

  it("that are refused say why at their field", async () => {
    const errors = [{ field: "profile.first_name", message: "must have at most 100 characters" }];
    new FakeApi({ ...ROUTES, "PATCH /me": problem(400, { errors }) });
    renderApp("/account");
    await userEvent.click(await screen.findByRole("button", { name: "Save changes" }));
    expect(await screen.findByText("must have at most 100 characters")).toBeVisible();
    expect(screen.getByLabelText("First name (optional)")).toBeInvalid();
  });
});

describe("erasing the account", () => {
  async function fillIn(word: string): Promise<HTMLElement> {
    await userEvent.click(await screen.findByRole("button", { name: "Erase my account…" }));
    await userEvent.type(screen.getByLabelText("Type “erase” to confirm"), word);
    await userEvent.type(screen.getByLabelText("Your password"), "a long password");
    return screen.getByRole("button", { name: "Erase everything" });
  }

  it("needs the word typed by hand, and can be left", async () => {
    const api = new FakeApi(ROUTES);
    const { container } = renderApp("/account");
    expect(await fillIn("era")).toBeDisabled();
    expect(screen.getByText("This cannot be undone.")).toBeVisible();
    await expectAccessible(container);
    await userEvent.keyboard("{Enter}");
    await userEvent.click(screen.getByRole("button", { name: "Keep my account" }));
    expect(screen.queryByLabelText("Your password")).not.toBeInTheDocument();
    expect(api.to("DELETE /me")).toHaveLength(0);
  });

  it("signs out, forgets the person, and says goodbye", async () => {
    const api = new FakeApi({ ...ROUTES, "DELETE /me": ok({}) });
    sessionStorage.setItem("voicecbt.session", "a talk");
    const { router } = renderApp("/account");
    await userEvent.click(await fillIn("erase"));
    expect(await screen.findByRole("heading", { name: "Your account is erased" })).toBeVisible();
    expect(api.to("DELETE /me")[0]?.body).toEqual({ password: "a long password" });
    expect(
      await within(screen.getByRole("navigation")).findByRole("link", { name: "Sign in" }),
    ).toBeVisible();
    expect(router.state.location.pathname).toBe("/erased");
    expect(sessionStorage).toHaveLength(0);
  });

  it("with a wrong password says so at the password, and changes nothing", async () => {
    const wrong = problem(401, { detail: "the password is not right" });
    const api = new FakeApi({ ...ROUTES, "DELETE /me": wrong });
    renderApp("/account");
    await userEvent.click(await fillIn("erase"));
    expect(await screen.findByText("This is not your password.")).toBeVisible();
    expect(screen.getByLabelText("Your password")).toBeInvalid();
    expect(api.to("POST /auth/refresh")).toHaveLength(0);
    expect(api.to("DELETE /me")).toHaveLength(1);
  });

  it("that failed says that nothing was erased", async () => {
    new FakeApi({ ...ROUTES, "DELETE /me": problem(503, { detail: "Please try again shortly." }) });
    renderApp("/account");
    await userEvent.click(await fillIn("erase"));
    expect(await screen.findByRole("alert")).toHaveTextContent(
      "Nothing was erased. Please try again shortly.",
    );
  });

  it("is not claimed by the address alone", async () => {
    new FakeApi(ROUTES);
    const { router } = renderApp("/erased");
    expect(await screen.findByRole("heading", { name: /Talk it through/ })).toBeVisible();
    expect(router.state.location.pathname).toBe("/");
  });
});
