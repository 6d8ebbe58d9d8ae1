"""A person with a browser: speaks, types, notes a mood, and looks back. Real Chromium, a WAV file as microphone."""

import os
import re
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "test-results"
README_PICTURE = ROOT / "docs" / "screenshots" / "talk.png"
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-quic"),
    *("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"),
]
WAIT_MS = 60_000  # For the slowest thing on a busy machine; nothing is measured with it.
WINDOW = {"width": 1280, "height": 800}

# The name of what has the focus; empty while nothing has.
FOCUSED = """(() => {
    const focused = document.activeElement;
    if (focused === document.body) return "";
    return focused.ariaLabel ?? focused.labels?.[0]?.textContent ?? focused.textContent;
})()"""

expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="module", autouse=True)
def web_app():
    """What the browser tests need; each says how to get it."""
    assert CHROMIUM, "Chromium is missing: `make browser`"
    assert (ROOT / "frontend" / "dist" / "index.html").exists(), "the web app is not built: `make frontend`"
    RESULTS.mkdir(exist_ok=True)


@pytest.fixture(scope="module")
def browse(platform, clip):
    """Opens a fresh browser profile on the platform, whose microphone plays the clip once."""

    @contextmanager
    def open_page(**context):
        with sync_playwright() as playwright:
            microphone = f"--use-file-for-fake-audio-capture={clip}%noloop"
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, microphone])
            profile = browser.new_context(
                **{"base_url": platform.address, "viewport": WINDOW, "permissions": ["microphone"], **context}
            )
            profile.set_default_timeout(WAIT_MS)
            page = profile.new_page()
            page.problems = []
            page.on("console", lambda message: message.type == "error" and page.problems.append(message.text))
            page.on("pageerror", lambda error: page.problems.append(str(error)))
            yield page
            browser.close()

    return open_page


def sign_in(page: Page, person) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(person.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/dashboard$"))


@pytest.fixture
def page(browse, person):
    """Signed in. The test fails if the browser had something to complain about."""
    with browse() as opened:
        sign_in(opened, person)
        opened.problems.clear()
        yield opened
        assert opened.problems == []


def picture(page: Page, name: str) -> None:
    page.screenshot(path=RESULTS / f"{name}.png")


def write(page: Page, text: str) -> None:
    page.get_by_label("Type instead").fill(text)
    page.get_by_role("button", name="Send").click()


def test_a_new_person_speaks_and_is_answered_aloud(browse):
    with browse() as page:
        page.goto("/")
        page.get_by_role("link", name="Create an account").click()
        page.get_by_label("Email").fill(f"{os.urandom(8).hex()}@example.com")
        page.get_by_label("Password").fill(os.urandom(16).hex())
        page.get_by_role("button", name="Create account").click()
        expect(page).to_have_url(re.compile("/talk$"))
        page.get_by_role("button", name="Start talking").click()
        expect(page.get_by_test_id("transcript")).to_contain_text(re.compile("anxious", re.IGNORECASE))
        expect(page.get_by_test_id("emotion")).to_contain_text(re.compile("You sound|How you feel"))
        expect(page.get_by_test_id("reply")).to_contain_text(re.compile(r"\w+ \w+ \w+"))
        expect(page.get_by_text("Technique:")).to_be_in_viewport()
        expect(page.get_by_role("button", name="Stop the reply")).to_be_visible()
        picture(page, "talk")
        if os.environ.get("VOICECBT_UPDATE_SCREENSHOTS") == "1":
            README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=README_PICTURE)
        page.get_by_role("button", name="Stop talking").click()
        expect(page.get_by_text("Press to talk")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        assert_was_heard(page)
        complaints = [problem for problem in page.problems if "401" not in problem]  # Asking who one is, as nobody yet.
        assert complaints == []


def assert_was_heard(page: Page) -> None:
    """Asks the platform, with the page's own cookies, whether the browser told of playing the reply."""
    session_id = page.request.get("/api/v1/sessions").json()["sessions"][0]["session_id"]
    page.wait_for_function(
        """async (id) => {
            const answer = await (await fetch(`/api/v1/sessions/${id}`)).json();
            return (answer.turns ?? []).some((turn) => turn.timings_ms?.playback_started_ms !== undefined);
        }""",
        arg=session_id,
    )


def test_a_person_types_and_finds_the_talk_again(page):
    page.goto("/talk")
    write(page, "My friend has not called me back.")
    expect(page.get_by_test_id("transcript")).to_have_text("My friend has not called me back.")
    expect(page.get_by_text("Technique:")).to_be_visible()
    reply = page.get_by_test_id("reply").inner_text()
    page.get_by_role("button", name="End session").click()
    expect(page).to_have_url(re.compile("/history/[0-9a-f-]+$"))
    expect(page.get_by_text("My friend has not called me back.")).to_be_visible()
    expect(page.get_by_text(reply[:40])).to_be_visible()
    picture(page, "past-session")
    page.get_by_role("link", name="All talks").click()
    expect(page.get_by_role("listitem").filter(has_text="1 turn")).to_be_visible()
    picture(page, "history")


def test_a_mood_is_seen_in_the_chart(page, eventually):
    page.get_by_role("link", name="Mood", exact=True).click()
    slider = page.get_by_role("slider", name="Mood, from 1 to 10")
    slider.press("Home")
    for _ in range(6):
        slider.press("ArrowRight")
    page.get_by_role("button", name=re.compile("sad", re.IGNORECASE)).click()
    page.get_by_label("Notes").fill("a walk helped")
    page.get_by_role("button", name="Save mood").click()
    expect(page.get_by_text("Saved. Thank you")).to_be_visible()
    picture(page, "mood")

    page.get_by_role("link", name="See your overview").click()
    expect(page.get_by_role("heading", name="Your mood")).to_be_visible()
    chart = page.get_by_test_id("mood-chart")
    eventually(lambda: page.reload(wait_until="networkidle") and chart.count(), bool)  # It is drawn from events.
    expect(chart.locator("circle")).to_have_count(1)
    expect(chart.get_by_role("row").last).to_contain_text("7.0")
    picture(page, "dashboard")


def test_danger_brings_up_people_to_call(page):
    page.goto("/talk")
    write(page, "I want to kill myself tonight.")
    panel = page.get_by_test_id("safety")
    expect(panel.get_by_role("link").first).to_be_visible()
    expect(panel).to_contain_text(re.compile(r"call|text", re.IGNORECASE))
    picture(page, "safety")
    assert_accessible(page)


def test_the_keyboard_is_enough(browse, person):
    with browse() as page:
        page.goto("/")

        def tab_to(name: str) -> None:
            for _ in range(40):
                page.keyboard.press("Tab")
                if name in page.evaluate(FOCUSED):
                    return
            raise AssertionError(f"{name} cannot be reached by the Tab key")

        tab_to("Skip to content")
        tab_to("Sign in")
        page.keyboard.press("Enter")
        expect(page.get_by_label("Email")).to_be_visible()
        tab_to("Email")
        page.keyboard.type(person.email)
        tab_to("Password")
        page.keyboard.type(person.password)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("/dashboard$"))
        tab_to("Talk")
        page.keyboard.press("Enter")
        tab_to("Start talking")
        page.keyboard.press("Space")
        expect(page.get_by_role("button", name="Stop talking")).to_be_focused()
        expect(page.get_by_test_id("transcript")).to_contain_text(re.compile("anxious", re.IGNORECASE))
        page.keyboard.press("Space")
        expect(page.get_by_text("Technique:")).to_be_visible()
        tab_to("Type instead")
        page.keyboard.type("I also sleep badly.")
        page.keyboard.press("Enter")
        expect(page.get_by_test_id("transcript")).to_have_text("I also sleep badly.")
        expect(page.get_by_test_id("reply")).to_contain_text(re.compile(r"\w+ \w+"))


def assert_accessible(page: Page) -> None:
    """No serious or critical violation of the WCAG rules that axe-core knows."""
    # Playwright's own world is not bound by the page's policy, which forbids scripts from elsewhere.
    page.evaluate(AXE.read_text() + "; undefined")
    found = page.evaluate("axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })")
    serious = [
        (violation["id"], [node["html"][:120] for node in violation["nodes"]])
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
    ]
    assert serious == [], page.url
    assert found["passes"], "axe-core checked nothing"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_is_accessible(browse, person, colours):
    with browse(color_scheme=colours, reduced_motion="reduce") as page:
        for path in ("/", "/register", "/sign-in"):
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            picture(page, f"{path.strip('/') or 'landing'}-{colours}")
            assert_accessible(page)
        sign_in(page, person)
        for path in ("/talk", "/mood", "/dashboard", "/history", "/nowhere"):
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            page.wait_for_load_state("networkidle")
            picture(page, f"{path.strip('/')}-{colours}")
            assert_accessible(page)


def test_nothing_is_wider_than_a_small_phone(browse, person):
    with browse(viewport={"width": 320, "height": 640}) as page:
        page.goto("/")
        sign_in(page, person)
        for path in ("/", "/talk", "/mood", "/dashboard", "/history"):
            page.goto(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            picture(page, f"{path.strip('/') or 'landing'}-phone")
            assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_content_security_policy_is_in_force(page):
    answer = page.goto("/talk")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    page.evaluate(
        """() => {
            window.violations = [];
            document.addEventListener("securitypolicyviolation", ({ violatedDirective }) =>
                window.violations.push(violatedDirective));
            const script = document.createElement("script");
            script.textContent = "window.injected = true";
            document.body.append(script);
        }"""
    )
    page.wait_for_function("window.violations.length > 0")
    assert page.evaluate("window.injected") is None
    page.problems.clear()  # The browser's own word on what we have just tried.


def test_what_is_wrong_with_a_form_is_said_beside_the_field(browse):
    with browse() as page:
        page.goto("/register")
        page.get_by_label("Email").fill("somebody@example.com")
        page.get_by_label("Password").fill("short")
        page.get_by_role("button", name="Create account").click()
        password = page.get_by_label("Password")
        expect(password).to_have_attribute("aria-invalid", "true")
        described = password.get_attribute("aria-describedby").split()
        expect(page.locator(f"[id='{described[-1]}']")).to_contain_text("10 characters")
