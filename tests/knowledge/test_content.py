"""Every file in knowledge/ keeps the promises that knowledge/README.md makes about it."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import frontmatter
import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

pytestmark = pytest.mark.unit

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
ARTICLE_FILES = sorted(KNOWLEDGE.glob("articles/*/*.md"))
RESPONSE_FILES = sorted(KNOWLEDGE.glob("responses/*.yaml"))
PROTOCOL_FILES = sorted(KNOWLEDGE.glob("protocols/*.yaml"))
ACKNOWLEDGEMENTS = KNOWLEDGE / "responses" / "acknowledgements.yaml"
HELPLINES = KNOWLEDGE / "safety" / "helplines.yaml"
SAFETY_RESPONSES = KNOWLEDGE / "safety" / "responses.yaml"
QUOTES = KNOWLEDGE / "quotes.yaml"
GOLDEN_FILES = sorted(KNOWLEDGE.glob("golden_queries*.yaml"))

ARTICLE_WORDS = range(200, 451)
SPOKEN_WORDS = 45  # About 18 seconds of speech: as much as a listener in distress can hold.
SAFETY_WORDS = 60  # Safety wording has to name two numbers as well.
ACKNOWLEDGEMENT_WORDS = 20
QUOTED_WORDS = 26  # An acknowledgement and a question stand around it.
NO_ROUND_THE_CLOCK_LINE = {"DK", "IT"}  # We know of no general line there that answers all night.
ARTICLE_HEADINGS = ["## What it is", "## Why", "## How to do it", "## A common snag"]
SLOT_EXAMPLES = {"feeling": "sadness", "situation": "the row with your sister"}
SAFETY_SLOT_EXAMPLES = {"helpline": "Samaritans on 116 123", "emergency_number": "999"}

# What the companion must never say, wherever it says it.
FORBIDDEN = {
    "a promise of cure": r"\bcur(e|es|ed|ing)\b",
    "a guarantee": r"\bguarante|\bI promise\b|\beverything will be (fine|okay|all right)",
    "a claim to be a clinician or a human": r"\b(as|I'm|I am) (a|your) (therapist|doctor|human|real)",
    "a diagnosis": r"\bdiagnos|\byou (have|suffer from) (depression|PTSD|OCD|bipolar|an? \w+ disorder)",
    "medication advice": r"\byou should take\b|\b\d+ ?mg\b|\b(medication|antidepressant|sleeping pill|SSRI)",
    "a claim to know exactly": r"\bI (understand|know) exactly|\bI know (just )?how you feel",
}
# Additionally in safety wording: no contracts, no means or methods, no farewell.
FORBIDDEN_IN_SAFETY = {
    "a contract": r"\bpromise\b|\bagree (not )?to\b|\bcontract\b",
    "a method": r"\b(pills?|overdos\w*|rope|knife|blade|razor|gun|bridge|hang\w*|cut(ting)?)\b",
    "an ending of the talk": r"\bgoodbye\b|\btake care\b|\b(have to|must) (stop|end)\b|\bcan't talk\b",
}


def schema_validator(name: str) -> Draft202012Validator:
    """A validator for `knowledge/schema/{name}.schema.json` that resolves the shared vocabulary."""
    schemas = {path.name: yaml.safe_load(path.read_text("utf-8")) for path in KNOWLEDGE.glob("schema/*.json")}
    registry = Registry().with_resources([(key, Resource.from_contents(value)) for key, value in schemas.items()])
    return Draft202012Validator(schemas[f"{name}.schema.json"], registry=registry)


def schema_errors(name: str, content: object) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in schema_validator(name).iter_errors(content)]


def load(path: Path):
    return yaml.safe_load(path.read_text("utf-8"))


def articles() -> list[frontmatter.Post]:
    return [frontmatter.load(str(path)) for path in ARTICLE_FILES]


def responses() -> list[dict]:
    return [reply for path in RESPONSE_FILES for reply in load(path)]


def replies_by_technique() -> list[dict]:
    return [reply for path in RESPONSE_FILES if path != ACKNOWLEDGEMENTS for reply in load(path)]


def vocabulary(name: str) -> list[str]:
    return load(KNOWLEDGE / "schema" / "vocabulary.schema.json")["$defs"][name]["enum"]


def spoken_forms(reply: dict, examples: dict[str, str]) -> Iterator[str]:
    """What a listener would hear: the text with its slots filled (KeyError on an unknown slot), and the plain form."""
    yield reply["text"].format_map(examples)
    if "text_plain" in reply:
        yield reply["text_plain"]


def forbidden_in(text: str, rules: dict[str, str]) -> list[str]:
    return [meaning for meaning, pattern in rules.items() if re.search(pattern, text, re.IGNORECASE)]


def sentences(text: str) -> list[str]:
    return re.split(r"(?<=[.?!])\s+", text.strip())


def duplicates(items: list[str]) -> list[str]:
    return [item for item, count in Counter(items).items() if count > 1]


# --- articles ---


def test_there_are_enough_articles_for_every_category_and_technique():
    posts = articles()
    assert len(posts) >= 44
    assert {post["category"] for post in posts} == set(vocabulary("category"))
    assert {post["technique"] for post in posts} == set(vocabulary("technique"))


@pytest.mark.parametrize("path", ARTICLE_FILES, ids=lambda path: path.stem)
def test_article_matches_its_schema_and_its_place(path: Path):
    post = frontmatter.load(str(path))
    assert schema_errors("article", post.metadata) == []
    assert (post["id"], post["category"]) == (path.stem, path.parent.name)


@pytest.mark.parametrize("path", ARTICLE_FILES, ids=lambda path: path.stem)
def test_article_body_is_short_structured_and_careful(path: Path):
    body = frontmatter.load(str(path)).content
    summary, *_ = body.split("\n\n")
    positions = [body.find(heading) for heading in ARTICLE_HEADINGS]
    assert len(body.split()) in ARTICLE_WORDS
    assert not summary.startswith("#"), "the summary comes first"
    assert -1 not in positions
    assert all(earlier < later for earlier, later in pairwise(positions))
    assert len(re.findall(r"^\d\. ", body, re.MULTILINE)) >= 4, "a few steps"
    assert forbidden_in(body, FORBIDDEN) == []


def test_article_ids_titles_and_keywords_are_unique():
    posts = articles()
    assert duplicates([post["id"] for post in posts]) == []
    assert duplicates([post["title"] for post in posts]) == []
    assert duplicates([phrase.lower() for post in posts for phrase in post["keywords"]]) == []


# --- spoken replies ---


@pytest.mark.parametrize("path", RESPONSE_FILES, ids=lambda path: path.stem)
def test_replies_match_their_schema_and_their_file(path: Path):
    replies = load(path)
    technique = "supportive_listening" if path == ACKNOWLEDGEMENTS else path.stem
    assert schema_errors("responses", replies) == []
    assert {reply["technique"] for reply in replies} == {technique}


def test_there_are_enough_replies_for_every_technique_and_phase():
    replies = replies_by_technique()
    techniques = [*vocabulary("technique"), "supportive_listening"]
    wanted = {(technique, phase) for technique in techniques for phase in vocabulary("phase")}
    assert len(replies) >= 90
    assert wanted - {(reply["technique"], reply["phase"]) for reply in replies} == set()


def test_somebody_in_severe_distress_is_never_without_a_reply():
    severe = [reply for reply in replies_by_technique() if "severe" in reply["severity"]]
    assert {reply["phase"] for reply in severe} == set(vocabulary("phase"))
    distress = {"sadness", "anger", "fear", "anxiety", "shame", "hopelessness", "disgust"}
    assert distress <= {emotion for reply in severe for emotion in reply["emotions"]}


@pytest.mark.parametrize("reply", responses(), ids=lambda reply: reply["id"])
def test_reply_can_be_heard_with_and_without_its_slots(reply: dict):
    for text in spoken_forms(reply, SLOT_EXAMPLES):
        assert len(text.split()) < SPOKEN_WORDS
        assert len(sentences(text)) <= 3
        assert text.count("?") <= 1
        assert not re.search(r"[*_#\[\]<>/{}]", text), "marks that a voice cannot say"
        assert forbidden_in(text, FORBIDDEN) == []


def test_opening_and_exploring_replies_reflect_before_they_ask():
    early = [reply for reply in replies_by_technique() if reply["phase"] in ("opening", "exploring")]
    assert [reply["id"] for reply in early if sentences(reply["text"])[0].endswith("?")] == []


def test_there_are_acknowledgements_for_every_emotion():
    replies = load(ACKNOWLEDGEMENTS)
    counts = Counter(emotion for reply in replies for emotion in reply["emotions"])
    assert len(replies) >= 55
    assert min(counts[emotion] for emotion in vocabulary("emotion")) >= 5


@pytest.mark.parametrize("reply", load(ACKNOWLEDGEMENTS), ids=lambda reply: reply["id"])
def test_acknowledgement_is_one_short_thought_without_a_question(reply: dict):
    assert len(reply["text"].split()) < ACKNOWLEDGEMENT_WORDS
    assert "?" not in reply["text"]
    assert reply["phase"] == "opening"


def test_reply_ids_and_texts_are_unique():
    everything = [*responses(), *load(SAFETY_RESPONSES)]
    assert duplicates([reply["id"] for reply in everything]) == []
    assert duplicates([reply["text"] for reply in everything]) == []


# --- what may be quoted ---


def test_there_is_something_to_quote_of_every_article():
    quotes = load(QUOTES)
    assert schema_errors("quotes", quotes) == []
    assert sorted(entry["article"] for entry in quotes) == sorted(post["id"] for post in articles())


@pytest.mark.parametrize("entry", load(QUOTES), ids=lambda entry: entry["article"])
def test_quotes_are_the_articles_own_words_and_short(entry: dict):
    (path,) = KNOWLEDGE.glob(f"articles/*/{entry['article']}.md")
    body = " ".join(frontmatter.load(str(path)).content.replace("**", "").split())
    for sentence in [*entry.get("explains", []), *entry.get("steps", [])]:
        assert sentence in body
        assert len(sentence.split()) <= QUOTED_WORDS


# --- safety ---


def test_safety_responses_match_their_schema_and_cover_every_crisis():
    replies = load(SAFETY_RESPONSES)
    by_kind = Counter(reply["kind"] for reply in replies)
    suicide_levels = Counter(reply["level"] for reply in replies if reply["kind"] == "suicide")
    assert schema_errors("safety_responses", replies) == []
    assert all(by_kind[kind] >= 2 for kind in vocabulary("crisis_kind"))
    assert all(suicide_levels[level] >= 2 for level in ("elevated", "high", "imminent"))


def test_every_kind_of_crisis_has_wording_for_the_worst_case():
    imminent = {reply["kind"] for reply in load(SAFETY_RESPONSES) if reply["level"] == "imminent"}
    assert imminent == set(vocabulary("crisis_kind"))


@pytest.mark.parametrize("reply", load(SAFETY_RESPONSES), ids=lambda reply: reply["id"])
def test_safety_response_is_honest_direct_and_safe(reply: dict):
    (text,) = spoken_forms(reply, SAFETY_SLOT_EXAMPLES)
    assert len(text.split()) <= SAFETY_WORDS
    assert text.count("?") == 1, "asks one thing, so that the talk goes on"
    assert "program" in text
    assert re.search(r"can't (call|send|reach|get|do it)|not able to", text), "says that it cannot call for help"
    assert forbidden_in(text, FORBIDDEN | FORBIDDEN_IN_SAFETY) == []


@pytest.mark.parametrize("reply", load(SAFETY_RESPONSES), ids=lambda reply: reply["id"])
def test_safety_response_names_the_help_that_its_level_calls_for(reply: dict):
    slots = set(re.findall(r"{(\w+)}", reply["text"]))
    if reply["level"] == "imminent":
        assert "emergency_number" in slots
    if reply["level"] == "high":
        assert slots & {"helpline", "emergency_number"}


def test_helplines_match_their_schema_and_have_a_fallback():
    lines = load(HELPLINES)
    assert schema_errors("helplines", lines) == []
    assert duplicates([entry["country"] for entry in lines["countries"]]) == []
    urls = [service.get("url", "") for service in lines["international"]["services"]]
    assert [url.removeprefix("https://") for url in urls] == ["findahelpline.com", "befrienders.org"]


@pytest.mark.parametrize("entry", load(HELPLINES)["countries"], ids=lambda entry: entry["country"])
def test_the_first_service_of_a_country_is_general_and_answers_the_phone(entry: dict):
    first = entry["services"][0]
    assert "phone" in first
    assert "kinds" not in first
    assert first["hours"] == "24/7" or entry["country"] in NO_ROUND_THE_CLOCK_LINE
    assert duplicates([service["name"] for service in entry["services"]]) == []


@pytest.mark.parametrize(
    ("country", "emergency", "phone"),
    [("US", "911", "988"), ("GB", "999", "116 123"), ("AU", "000", "13 11 14"), ("NZ", "111", "1737"),
     ("DE", "112", "0800 111 0 111"), ("FR", "112", "3114"), ("NL", "112", "113"), ("IN", "112", "14416")],
)  # fmt: skip
def test_well_known_numbers_are_right(country: str, emergency: str, phone: str):
    entry = next(entry for entry in load(HELPLINES)["countries"] if entry["country"] == country)
    assert (entry["emergency_number"], entry["services"][0]["phone"]) == (emergency, phone)


# --- protocols and golden queries ---


@pytest.mark.parametrize("path", PROTOCOL_FILES, ids=lambda path: path.stem)
def test_protocol_matches_its_schema_and_asks_one_thing_at_a_time(path: Path):
    protocol = load(path)
    assert schema_errors("protocol", protocol) == []
    assert protocol["id"] == path.stem
    assert all(state["ask"].count("?") == 1 for state in protocol["states"])


@pytest.mark.parametrize("path", PROTOCOL_FILES, ids=lambda path: path.stem)
def test_protocol_reaches_every_state_and_ends(path: Path):
    protocol = load(path)
    following = {state["id"]: state["next"] for state in protocol["states"]}
    visited, current = [], protocol["initial"]
    while current != "end" and current not in visited:
        visited.append(current)
        current = following[current]
    assert current == "end"
    assert visited == list(following)


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.stem)
def test_golden_queries_point_at_articles_and_cover_all_of_them(path: Path):
    golden, ids = load(path), {post["id"] for post in articles()}
    assert schema_errors("golden_queries", golden) == []
    assert {article for item in golden for article in item["articles"]} == ids


def test_golden_queries_are_new_to_the_knowledge_and_to_each_other():
    keywords = {phrase.lower() for post in articles() for phrase in post["keywords"]}
    queries = [item["query"].lower() for path in GOLDEN_FILES for item in load(path)]
    assert duplicates(queries) == []
    assert [query for query in queries if any(phrase in query for phrase in keywords)] == []
