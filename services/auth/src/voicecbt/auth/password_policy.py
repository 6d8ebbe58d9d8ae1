"""Which passwords are refused. Pure rules, after NIST SP 800-63B: length and a list, no composition rules."""

import unicodedata
from functools import cache
from importlib.resources import files

MIN_CHARACTERS = 10  # the contract's limits (RegisterRequest.password)
MAX_CHARACTERS = 200
MIN_DISTINCT_CHARACTERS = 5  # "aaaaaaaaaa" and "1212121212" are on every guessing list
MIN_NAME_CHARACTERS = 4  # shorter names occur inside good passwords by chance


def normal_password(password: str) -> str:
    """The form that is hashed: NFKC, so that the same keys on another keyboard give the same password."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, email: str, username: str) -> str:
    """Says why a password is refused, as a sentence for the person; empty when it is acceptable.

    The sentence never holds the password, the email or the user name.
    """
    text = normal_password(password)
    if not MIN_CHARACTERS <= len(text) <= MAX_CHARACTERS:
        return f"Use {MIN_CHARACTERS} to {MAX_CHARACTERS} characters."
    if len(set(text)) < MIN_DISTINCT_CHARACTERS:
        return "Use more different characters."
    if _stem(text) in _own_names(email, username):
        return "Do not use your email address or user name as the password."
    if text.lower() in _common() or _stem(text) in _common():
        return "This password is on the lists that attackers try first. Choose another."
    return ""


def _stem(text: str) -> str:
    """The password without the digits and signs that people add to a word they were refused."""
    return text.lower().strip("0123456789!?.,;:#*@$%&+-_=/ ")


def _own_names(email: str, username: str) -> frozenset[str]:
    local, _, domain = email.lower().partition("@")
    names = {email.lower(), local, domain, username.lower()}
    return frozenset(_stem(name) for name in names if len(_stem(name)) >= MIN_NAME_CHARACTERS)


@cache
def _common() -> frozenset[str]:
    text = files(__package__).joinpath("common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
