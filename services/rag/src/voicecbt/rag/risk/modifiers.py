"""What lowers a cue: it is denied, it is about somebody else, or it is long past.

Each test is narrow on purpose. When in doubt the cue keeps its level: a false alarm costs a kind question,
a miss can cost a life.
"""

import re
from dataclasses import dataclass

_NEGATORS = (
    r"not|never|dont|do not|doesnt|didnt|wont|will not|wouldnt|isnt|arent|aint|wasnt|without"
    r"|no|nor|havent|hasnt|no longer"
)
# Words that may stand between a negator and what it denies. "i", "know", "mind", "just" and "stop" are left out:
# "I don't know why I don't just kill myself" denies nothing.
_BETWEEN = (
    r"want|wants|wanting|to|going|gonna|be|been|being|feel|feeling|feels|think|thinking|of|about|on|planning|plan|plans"
    r"|any|have|having|had|thoughts|thought|intention|intentions|intending|intend|wish|wishing|urge|urges|trying|try"
    r"|would|could|ever|actually|really|currently|the|a|at|all|active|actively|longer|considering|contemplating|am"
    r"|immediate|desire|desires|do|like|in|danger|feelings|here|currently|hear|hearing|myself|or|and|suicidal|dangerous"
)
_DENIED = re.compile(rf"(?<!\S)(?<!why )(?<!not )(?<!cant )(?<!only )(?:{_NEGATORS})(?: (?:{_BETWEEN}))*$")
# A denial for now only, or one that goes on, is no denial.
_HEDGED = re.compile(
    r"^(?: \w+){0,2}? (?:yet|today|tonight|right now|at the moment|now|this time|but|unless|until|if)\b"
)
_CLAUSE_START = re.compile(r" [.,] | but | though | because | however | yet ")

_FIRST_PERSON = re.compile(r"^(?:i|im|ive|id|ill|me|my ?self|mine|we|us|were|weve|imma)$")
_THIRD_PERSON = re.compile(
    r"^(?:she|he|shes|hes|shed|hed|they|theyre|theyd|friends?|bestie|mum"
    r"|mom|mother|dad|father|brothers?|sisters?|sons?|daughters?"
    r"|wife|husband|partner|girlfriend|boyfriend|colleague|coworker|cousin|uncle|aunt|auntie|nephew|niece|neighbou?r"
    r"|roommate|flatmate|client|patient|student|someone|somebody|people|who|character|guy|man|woman|boy|girl|teenager"
    r"|kid"
    r"|child|grandad|grandfather|grandma|grandmother|gran|nan|boss|teacher|classmate|ex|singer|actor|celebrity|everyone)$"
)
_THIRD_REFLEXIVE = re.compile(r"\b(?:him|her|them|their) ?sel(?:f|ves)\b")
_THIRD_INFLECTION = re.compile(r"^(?:wants|plans|needs|deserves|tries|cuts|hurts|burns|harms) ")
# "Everyone would be better off without me": whoever stands before it, it is said of the speaker.
_HOLDS_FIRST = re.compile(r"\b(?:i|im|ive|id|ill|me|my ?self|mine)\b")
_OPENS_FIRST = re.compile(r"^(?:i|im|ive|id|ill|my|imma)\b")

# "A film about a man who", "my character": whoever comes to harm is made up.
_FICTION = re.compile(
    r"\b(?:(?:films?|movies?|novels?|books?|series|episodes?|documentar\w+|thrillers?|dramas?|podcasts?|story|stories"
    r"|games?|tv show|soap|comic|manga|anime) (?:(?!i |im |my |me )\w+ ){0,6}?"
    r"(?:where|in which|about|when|with|who|whose)"
    r"|(?:my|the|main|a) (?:main )?(?:character|avatar|protagonist|villain|hero|heroine))\b(?! i\b)"
    r"(?!.*\b(?:i|im|my|me)\b)"
)

_PAST = re.compile(
    r"\b(?:years ago|months ago|a year ago|decades ago|long (?:time )?ago|back then"
    r"|in the past|in my (?:teens|twenties|thirties|youth)"
    r"|when i was (?:a |an |in |at |much |little|young|younger|small|\d+"
    r"|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen"
    r"|seventeen|eighteen|nineteen|twenty)"
    r"|as a (?:kid|child|teen|teenager|student)|last year|at school|at uni\w*|in (?:19|20)\d\d"
    r"|in high school|growing up|once upon|used to|since recovered|ages ago|in my past)\b"
)
_RECENT = re.compile(
    r"\b(?:last night|yesterday|today|tonight|this (?:morning|week|afternoon|evening|month)|hours? ago"
    r"|minutes? ago|days? ago"
    r"|just now|earlier|recently|lately|still|again|now|since|ever since|these days|also)\b"
)
_PRESENT = re.compile(
    r"\b(?:im|i am|i want|i wanna|wanna|i need|i will|ill|gonna|i feel like|i keep|i plan|i cant)\b(?!.*\bused\b)"
)
_WAS = re.compile(r"\b(?:was|were|used)\b")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A match and the sentence around it."""

    before: str  # the sentence up to the match
    match: str
    after: str

    @property
    def sentence(self) -> str:
        return f"{self.before}{self.match}{self.after}"

    @property
    def clause_before(self) -> str:
        """The part of `before` that belongs to the match's own clause."""
        return _CLAUSE_START.split(f" {self.before}")[-1]


def surroundings(plain: str, start: int, end: int) -> Surroundings:
    """The sentence of `plain` around the match at `start:end`."""
    opens = plain.rfind(" . ", 0, start)
    closes = plain.find(" .", end)
    return Surroundings(
        before=plain[opens + 3 if opens >= 0 else 0 : start],
        match=plain[start:end],
        after=plain[end : closes if closes >= 0 else len(plain)],
    )


def is_denied(where: Surroundings) -> bool:
    """True for "I'm not suicidal"; false for a double negative or a denial only for now (see `is_hedged`)."""
    return bool(_DENIED.search(where.clause_before.rstrip()))


def is_hedged(where: Surroundings) -> bool:
    """True where a denial is only for now: "I'm not going to kill myself today"."""
    return bool(_HEDGED.search(where.after))


def is_about_another(where: Surroundings) -> bool:
    """True where the nearest person before the match is not the speaker."""
    if _THIRD_REFLEXIVE.search(where.match):
        return True
    if _THIRD_INFLECTION.search(where.match):
        # "Part of me wants to die."
        return not where.clause_before.rstrip().endswith(" me")
    if _OPENS_FIRST.search(where.match) or _HOLDS_FIRST.search(where.match):
        return False
    for word in reversed(where.clause_before.split()):
        if _FIRST_PERSON.match(word):
            return False
        if _THIRD_PERSON.match(word):
            return True
    return False


def is_fiction(where: Surroundings) -> bool:
    """True where the match tells of a character in a film, a book or a game."""
    return not _HOLDS_FIRST.search(where.match) and bool(_FICTION.search(where.before))


def is_long_past(where: Surroundings) -> bool:
    """True for "I used to cut" and "when I was 15 I tried to"; false when anything speaks of now."""
    if _RECENT.search(where.sentence) or not _PAST.search(where.sentence):
        return False
    near = " ".join(where.before.split()[-2:]) + " " + where.match
    return bool(_WAS.search(near)) or not _PRESENT.search(near)
