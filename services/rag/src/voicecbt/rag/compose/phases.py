"""Where a conversation stands in its protocol, and where it goes with what the person just said."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicecbt.rag.content_schema import END, Protocol, ProtocolStep
from voicecbt.rag.domain import ProtocolPosition, ReplyRequest

FIRST_PROTOCOL = "check_in"
# Fewer words do not answer a protocol's question; the state is kept and asked again in other words.
_ANSWER_WORDS = 3
# The first message already says what is on the person's mind when it has so many words.
_TOPIC_WORDS = 4
# A conversation that was closed and goes on starts again where one listens.
_REOPENED_AT = "situation"
# Techniques that are a protocol of their own, entered where the person chooses what to do.
_CHOICE_STATE = "choose"


@dataclass(frozen=True, slots=True)
class Move:
    """The state that this reply belongs to."""

    position: ProtocolPosition
    step: ProtocolStep


def next_move(protocols: Sequence[Protocol], request: ReplyRequest, technique: str) -> Move:
    """The next move; `technique` is that of the best passage, and may open its own protocol.

    A position that the content does not know (any more) starts afresh.
    """
    by_id = {protocol.id: protocol for protocol in protocols}
    protocol = by_id.get(request.protocol.protocol_id)
    step = protocol.step(request.protocol.state_id) if protocol else None
    if protocol is None or step is None:
        protocol = by_id.get(FIRST_PROTOCOL, protocols[0])
        return _move(protocol, _first_step(protocol, request))
    following = _following(protocol, step, request)
    if following.id == _CHOICE_STATE and technique in by_id:
        protocol = by_id[technique]
        following = _step(protocol, protocol.initial)
    return _move(protocol, following)


def _first_step(protocol: Protocol, request: ReplyRequest) -> ProtocolStep:
    step = _step(protocol, protocol.initial)
    if len(request.text.split()) >= _TOPIC_WORDS:
        step = _step(protocol, step.next)
        if request.feeling.emotion is not None and step.next != END:
            step = _step(protocol, step.next)
    return step


def _following(protocol: Protocol, step: ProtocolStep, request: ReplyRequest) -> ProtocolStep:
    if len(request.text.split()) < _ANSWER_WORDS and step.phase in ("opening", "exploring"):
        return step
    if step.next != END:
        return _step(protocol, step.next)
    return protocol.step(_REOPENED_AT) or _step(protocol, protocol.initial)


def _step(protocol: Protocol, state_id: str) -> ProtocolStep:
    step = protocol.step(state_id)
    if step is None:  # the content's validation makes this impossible
        raise LookupError(f"protocol {protocol.id} has no state {state_id}")
    return step


def _move(protocol: Protocol, step: ProtocolStep) -> Move:
    return Move(ProtocolPosition(protocol.id, step.id), step)
