"""Human help in a person's country."""

from voicecbt.rag.content_schema import CrisisKind, HelplineBook, HelplineService, International
from voicecbt.rag.domain import Helpline, RiskKind

CRISIS_KINDS: dict[RiskKind, CrisisKind] = {
    RiskKind.SUICIDE: "suicide",
    RiskKind.SELF_HARM: "self_harm",
    RiskKind.HARM_TO_OTHERS: "harm_to_others",
    RiskKind.ABUSE: "abuse_now",
    RiskKind.CHILD_IN_DANGER: "abuse_now",
    RiskKind.MEDICAL: "medical_emergency",
}


def help_in(book: HelplineBook, country: str) -> International:
    """The country's entry, or the international one where the country is unknown."""
    wanted = country.strip().upper()
    return next((each for each in book.countries if each.country == wanted), book.international)


def services_for(entry: International, kind: RiskKind) -> list[HelplineService]:
    """The services that answer this kind of danger, those made for it first."""
    crisis = CRISIS_KINDS.get(kind)
    fitting = [each for each in entry.services if not each.kinds or crisis in each.kinds]
    return sorted(fitting or entry.services, key=lambda each: not each.kinds)


def spoken(service: HelplineService) -> str:
    """How a voice says it: "Samaritans on 116 123"."""
    if service.phone:
        return f"{service.name} on {service.phone}"
    if service.text:
        return f"{service.name}, by texting {service.text}"
    return f"{service.name} at {service.url.removeprefix('https://').removeprefix('http://').removeprefix('www.').rstrip('/')}"


def shown(service: HelplineService) -> Helpline:
    """As a screen lists it."""
    return Helpline(service.name, service.phone, service.text, service.url, service.hours)
