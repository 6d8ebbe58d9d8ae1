"""Reads numbers to dial or to text digit by digit, in their groups. A misheard helpline is worse than none."""

import re

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

# Groups of digits with spaces, dots, hyphens or parentheses between them; not part of money, decimals, words or times.
GROUPED = re.compile(r"(?<![\w$£€.,:/])\+?\(?\d+(?:[ .\-()]{1,3}\d+)+\)?(?![\w%:/]|[.,]\d)")
ALONE = re.compile(r"(?<![\w$£€.,:/+-])\d{3,}(?![\w%:/-]|[.,]\d)")
DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[-.]\d{1,2}[-.]\d{4}")

MIN_SPACED_DIGITS = 6  # "116 123"; "10 000" is an amount
MIN_HYPHENED_DIGITS = 7  # "555-1234"; "100-150" is a range
MIN_DOTTED_GROUPS = 3  # "555.123.4567"; "3.14159" is a decimal
MIN_LONE_DIGITS = 5  # "85258"; a year has four
EMERGENCY = frozenset({"000", "111", "112", "911", "988", "999"})
# Before a short number in the same sentence, these say that it is to be dialled.
DIALLING = re.compile(r"\b(?:call|dial|phone|ring|text|sms|message|contact|reach)\b[^.?!]*$", re.IGNORECASE)
# After a number these say that it counts something.
COUNTED = re.compile(r"\s*(?:times|minutes?|hours?|days?|weeks?|months?|years?|people|steps|percent|words)\b")
PAUSE = ", "


def read_numbers_to_dial(text: str) -> str:
    """The text with every number that is to be dialled or texted written out digit by digit; others are untouched."""
    text = GROUPED.sub(lambda match: _read(match[0]) if _is_grouped_number(match[0]) else match[0], text)
    return ALONE.sub(lambda match: _read(match[0]) if _is_lone_number(match) else match[0], text)


def _is_grouped_number(written: str) -> bool:
    groups = re.findall(r"\d+", written)
    digits = sum(map(len, groups))
    if DATE.fullmatch(written) or all(group == "000" for group in groups[1:]):
        return False
    if "." in written and len(groups) < MIN_DOTTED_GROUPS:
        return False
    if all(len(group) == 1 for group in groups):
        return "-" in written and len(groups) > 2  # "9-8-8"; "1 2 3" is counting
    if " " in written or "." in written or "+" in written:
        return digits >= MIN_SPACED_DIGITS
    return digits >= MIN_HYPHENED_DIGITS


def _is_lone_number(match: re.Match[str]) -> bool:
    digits = match[0]
    if digits in EMERGENCY:
        return not COUNTED.match(match.string, match.end())
    if digits.endswith("000") or COUNTED.match(match.string, match.end()):
        return False
    return len(digits) >= MIN_LONE_DIGITS or bool(DIALLING.search(match.string[: match.start()]))


def _read(written: str) -> str:
    plus = "plus " if written.startswith("+") else ""
    groups = re.findall(r"\d+", written)
    if groups == [*"988"]:
        groups = ["988"]
    return plus + PAUSE.join(" ".join(DIGITS[int(digit)] for digit in group) for group in groups)
