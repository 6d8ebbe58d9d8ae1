import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { FakeApi, inTurn, ok, problem, PROFILE, SIGNED_IN, SIGNED_OUT } from "@/testing/fakeApi";
import { renderApp } from "@/testing/renderApp";

afterEach(() => vi.unstubAllGlobals());

describe("creating an account", () => {
  const refused = problem(400, {
    detail: "email: must be an email address",
    errors: [
      { field: "email", message: "must be an email address" },
      { field: "password", message: "must have at least 10 characters" },
    ],
  });

  it("shows what is wrong at each field, where it is read out with it", async () => {
    new FakeApi({ ...SIGNED_OUT, "POST /auth/register": refused });
    renderApp("/register");
    await userEvent.click(await screen.findByRole("button", { name: "Create account" }));
    const email = await screen.findByRole("textbox", { name: "Email" });
    await waitFor(() => expect(email).toBeInvalid());
    expect(email).toHaveAccessibleDescription("must be an email address");
    expect(screen.getByLabelText("Password")).toHaveAccessibleDescription(
      "At least 10 characters. must have at least 10 characters",
    );
    expect(screen.queryByRole("alert")).not.toBeInTheDocument();
  });

  it("sends what was entered and leads to the talk", async () => {
    const api = new FakeApi({ ...SIGNED_OUT, "POST /auth/register": ok(PROFILE, 201) });
    const { router } = renderApp("/register");
    await userEvent.type(await screen.findByLabelText("Email"), "robin@example.org");
    await userEvent.type(screen.getByLabelText("Password"), "a long password");
    await userEvent.selectOptions(screen.getByLabelText("Country (optional)"), "Germany");
    await userEvent.click(screen.getByRole("button", { name: "Create account" }));
    await screen.findByRole("heading", { name: "Talk" });
    expect(router.state.location.pathname).toBe("/talk");
    expect(api.to("POST /auth/register")[0]?.body).toMatchObject({
      email: "robin@example.org",
      password: "a long password",
      country: "DE",
      token_delivery: "cookie",
    });
  });

  it("says when the service cannot be reached, and keeps what was entered", async () => {
    const offline = () => Promise.reject(new TypeError("failed to fetch"));
    new FakeApi({ ...SIGNED_OUT, "POST /auth/register": offline });
    renderApp("/register");
    await userEvent.type(await screen.findByLabelText("Email"), "robin@example.org");
    await userEvent.click(screen.getByRole("button", { name: "Create account" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("cannot reach the service");
    expect(screen.getByLabelText("Email")).toHaveValue("robin@example.org");
  });
});

describe("signing in", () => {
  it("says that email or password is wrong", async () => {
    new FakeApi({
      ...SIGNED_OUT,
      "POST /auth/sign-in": problem(401, { detail: "Email or password is wrong." }),
    });
    renderApp("/sign-in");
    await userEvent.type(await screen.findByLabelText("Email"), "robin@example.org");
    await userEvent.type(screen.getByLabelText("Password"), "wrong{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("Email or password is wrong.");
  });

  it("leads back to where the person wanted to go", async () => {
    new FakeApi({ ...SIGNED_OUT, "POST /auth/sign-in": ok(PROFILE) });
    const { router } = renderApp("/mood");
    await userEvent.type(await screen.findByLabelText("Email"), "robin@example.org");
    await userEvent.type(screen.getByLabelText("Password"), "a long password{Enter}");
    await screen.findByRole("button", { name: "Save mood" });
    expect(router.state.location.pathname).toBe("/mood");
  });

  it("out again leaves nothing of the person behind", async () => {
    const api = new FakeApi({ ...SIGNED_IN, "POST /auth/sign-out": ok({}) });
    sessionStorage.setItem("voicecbt.session", "a talk");
    const { router } = renderApp("/mood");
    await userEvent.click(await screen.findByRole("button", { name: "Sign out" }));
    expect(await screen.findByRole("heading", { name: /Talk it through/ })).toBeVisible();
    expect(router.state.location.pathname).toBe("/");
    expect(sessionStorage).toHaveLength(0);
    expect(api.to("POST /auth/sign-out")).toHaveLength(1);
  });

  it("out that fails says so", async () => {
    new FakeApi({ ...SIGNED_IN, "POST /auth/sign-out": problem(503, { detail: "Please try again." }) });
    renderApp("/mood");
    await userEvent.click(await screen.findByRole("button", { name: "Sign out" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("You are still signed in. Please try again.");
  });
});

describe("noting a mood", () => {
  async function fillIn() {
    const slider = await screen.findByRole("slider", { name: /Mood/ });
    slider.focus();
    await userEvent.keyboard("{ArrowRight}{ArrowRight}");
    await userEvent.click(screen.getByRole("button", { name: "anxiety" }));
    await userEvent.selectOptions(screen.getByLabelText("How much anxiety?"), "very much");
    await userEvent.type(screen.getByLabelText("Notes"), "exam");
    const stress = screen.getByRole("group", { name: "Stress" });
    await userEvent.click(within(stress).getByRole("radio", { name: /^4 of 5/ }));
    return slider;
  }

  it("sends what was told, and only that", async () => {
    const api = new FakeApi({ ...SIGNED_IN, "POST /moods": ok({ mood: {} }, 201) });
    renderApp("/mood");
    expect(await fillIn()).toHaveAttribute("aria-valuetext", "7, fairly good");
    await userEvent.click(screen.getByRole("button", { name: "Save mood" }));
    expect(await screen.findByText(/Saved\./)).toBeVisible();
    expect(api.to("POST /moods")[0]?.body).toEqual({
      mood: { mood_score: 7, emotions: { anxiety: 1 }, notes: "exam", stress_level: 4 },
    });
    expect(screen.getByLabelText("Notes")).toHaveValue("");
  });

  it("shows what is wrong at its field", async () => {
    const errors = [{ field: "mood.notes", message: "must have at most 5000 characters" }];
    new FakeApi({ ...SIGNED_IN, "POST /moods": problem(400, { errors }) });
    renderApp("/mood");
    await userEvent.click(await screen.findByRole("button", { name: "Save mood" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("Not saved yet");
    expect(screen.getByLabelText("Notes")).toHaveAccessibleDescription("must have at most 5000 characters");
  });

  it("tried again is saved once; changed or noted anew it is another entry", async () => {
    const answers = inTurn(problem(503), ok({}, 201), problem(503), ok({}, 201));
    const api = new FakeApi({ ...SIGNED_IN, "POST /moods": answers });
    renderApp("/mood");
    const save = await screen.findByRole("button", { name: "Save mood" });
    const sent = async (count: number) => {
      await userEvent.click(save);
      await waitFor(() => expect(api.to("POST /moods")).toHaveLength(count));
      await waitFor(() => expect(save).toBeEnabled());
    };
    await sent(1);
    await sent(2);
    await sent(3);
    await userEvent.type(screen.getByLabelText("Notes"), "changed");
    await sent(4);
    const keys = api.to("POST /moods").map(({ headers }) => headers.get("idempotency-key"));
    expect(keys[0]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);
  });

  it("takes a rating back that is chosen twice", async () => {
    new FakeApi(SIGNED_IN);
    renderApp("/mood");
    const sleep = await screen.findByRole("group", { name: "Sleep" });
    const three = within(sleep).getByRole("radio", { name: "3 of 5" });
    await userEvent.click(three);
    expect(three).toBeChecked();
    await userEvent.click(three);
    expect(three).not.toBeChecked();
  });
});
