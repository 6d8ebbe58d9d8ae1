"""How written text is read aloud."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.synthesis.spoken_text import spoken

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Call 988 now.", "Call nine eight eight now."),
        ("Samaritans: 116 123.", "Samaritans: one one six, one two three."),
        ("Lifeline is 13 11 14.", "Lifeline is one three, one one, one four."),
        ("Text HOME to 741741.", "Text HOME to seven four one seven four one."),
        ("Text SHOUT to 85258.", "Text SHOUT to eight five two five eight."),
        ("Dial 7333 now.", "Dial seven three three three now."),
        ("1-800-273-8255", "one, eight zero zero, two seven three, eight two five five"),
        ("+44 20 7946 0000", "plus four four, two zero, seven nine four six, zero zero zero zero"),
        ("(415) 555-2671", "four one five, five five five, two six seven one"),
        ("9-8-8", "nine eight eight"),
        ("5-4-3-2-1 grounding", "five, four, three, two, one grounding"),
        ("open 24/7", "open twenty-four seven"),
    ],
)
def test_numbers_to_dial_are_read_digit_by_digit(written, said):
    assert spoken(written) == said


@pytest.mark.parametrize(
    "untouched",
    [
        "In 1984 there were 300 of them.",
        "Rate it 1-10, about 50% of the time.",
        "On 2019-10-12 at 9:30am.",
        "10 000 steps, or 100-150 people.",
        "1,000,000 or 3.14159 or $85258",
        "Breathe in for 4, hold for 7, out for 8.",
        "112 people came.",
        "Call it off for 100 days.",
    ],
)
def test_other_numbers_are_left_to_the_voice(untouched):
    assert spoken(untouched) == untouched


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Try walking, e.g. in a park.", "Try walking, for example, in a park."),
        ("It is a habit, i.e. learned.", "It is a habit, that is, learned."),
        ("See https://findahelpline.com/us.", "See findahelpline dot com slash us."),
        ("See samaritans.org. Then rest.", "See samaritans dot org. Then rest."),
        ("Write to help@example.org.", "Write to help at example dot org."),
        ("I said today.Then it rained.", "I said today.Then it rained."),
        ("[Read more](https://x.org/y)", "Read more"),
        ("**Notice** the _thought_", "Notice the thought"),
        ("thoughts → feelings", "thoughts, feelings"),
        ("You did it! \N{PARTY POPPER}", "You did it!"),
        ("* one\n* two", "one. two"),
        ("A wrapped\nline", "A wrapped line"),
    ],
)
def test_signs_become_words_or_pauses(written, said):
    assert spoken(written) == said


@pytest.mark.parametrize("nothing", ["", "  ", "...", "\N{PARTY POPPER}", "**", "\u200b"])
def test_what_cannot_be_said_is_empty(nothing):
    assert spoken(nothing) == ""


@given(st.text(max_size=300))
def test_any_text_becomes_one_sayable_line(text):
    said = spoken(text)
    assert "\n" not in said
    assert said == said.strip()


@given(st.text(alphabet="0123456789 -.()+,", max_size=60))
def test_no_digit_is_lost_or_added(text):
    names = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    digits = spoken(text)
    for number, name in enumerate(names):
        digits = digits.replace(name, str(number))
    listed = text.lstrip()
    kept = [character for character in digits if character.isdigit()]
    original = [character for character in listed if character.isdigit()]
    # "1. " at the start is the number of a list item.
    assert kept == original or kept == original[len(original) - len(kept) :]
