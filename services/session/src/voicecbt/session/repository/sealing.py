"""Between turns and rows: what people say is sealed with their key on the way in, and opened on the way out."""

import json
from dataclasses import dataclass
from uuid import UUID

from google.protobuf.json_format import MessageToDict, MessageToJson, Parse, ParseDict
from sqlalchemy import RowMapping

from voicecbt.kit.crypto import FieldCipher
from voicecbt.session.turn.record import NewTurn, PastTurn, StoredTurn
from voicecbt.stubs.emotion.v1.emotion_pb2 import EmotionEstimate
from voicecbt.stubs.rag.v1.rag_pb2 import Citation, ProtocolState, RiskLevel
from voicecbt.stubs.session.v1.turn_pb2 import Safety

TurnRow = dict[str, object]


@dataclass(frozen=True, slots=True)
class Sealing:
    """Seals and opens the private columns. The column's name is bound into each blob.

    Nothing is kept as nothing: an empty text, no goals and no emotion are an empty blob, which needs no key.
    """

    cipher: FieldCipher

    async def goals_in(self, user_id: UUID, goals: tuple[str, ...]) -> bytes:
        """The `therapeutic_goals` column."""
        return await self._seal(user_id, "therapeutic_goals", json.dumps(goals) if goals else "")

    async def goals_out(self, user_id: UUID, blob: bytes) -> tuple[str, ...]:
        """What `goals_in` sealed."""
        return tuple(json.loads(await self._open(user_id, "therapeutic_goals", blob) or "[]"))

    async def turn_in(self, user_id: UUID, turn: NewTurn) -> TurnRow:
        """All columns but `index`."""
        emotion = MessageToJson(turn.emotion) if turn.emotion else ""
        return {
            "id": turn.turn_id,
            "session_id": turn.session_id,
            "user_id": user_id,
            "timestamp": turn.time,
            "user_input": await self._seal(user_id, "user_input", turn.transcript),
            **await self.reply_in(user_id, turn.reply, turn.unheard_reply),
            "emotion": await self._seal(user_id, "emotion", emotion),
            "safety": await self._seal(user_id, "safety", MessageToJson(turn.safety)),
            **_open_columns(turn),
        }

    async def reply_in(self, user_id: UUID, reply: str, unheard: str) -> TurnRow:
        """The two columns of the reply: what was heard, and what was not."""
        return {
            "ai_response": await self._seal(user_id, "ai_response", reply),
            "unheard_reply": await self._seal(user_id, "unheard_reply", unheard),
        }

    async def turn_out(self, user_id: UUID, row: RowMapping) -> StoredTurn:
        """The whole turn. The stages and the trace are not kept in the row."""
        emotion = await self._open(user_id, "emotion", row["emotion"])
        turn = NewTurn(
            turn_id=row["id"],
            session_id=row["session_id"],
            time=row["timestamp"],
            transcript=await self._open(user_id, "user_input", row["user_input"]),
            language=row["language"],
            emotion=Parse(emotion, EmotionEstimate()) if emotion else None,
            safety=await self.safety_out(user_id, row),
            reply=await self._open(user_id, "ai_response", row["ai_response"]),
            unheard_reply=await self._open(user_id, "unheard_reply", row["unheard_reply"]),
            technique=row["therapeutic_technique"],
            citations=tuple(ParseDict(each, Citation()) for each in row["citations"]),
            protocol=ParseDict(row["protocol_state"], ProtocolState()),
            response_id=row["response_id"],
            knowledge_version=row["knowledge_version"],
            timings=row["timings"],
            degraded=tuple(row["degraded"]),
        )
        return StoredTurn(turn, row["index"], row["user_satisfaction"] or 0)

    async def safety_out(self, user_id: UUID, row: RowMapping) -> Safety:
        """Only how dangerous it was."""
        return Parse(await self._open(user_id, "safety", row["safety"]), Safety())

    async def past_out(self, user_id: UUID, row: RowMapping) -> PastTurn:
        """Only what later turns need."""
        return PastTurn(
            transcript=await self._open(user_id, "user_input", row["user_input"]),
            reply=await self._open(user_id, "ai_response", row["ai_response"]),
            technique=row["therapeutic_technique"],
            response_id=row["response_id"],
            protocol=ParseDict(row["protocol_state"], ProtocolState()),
        )

    async def _seal(self, user_id: UUID, column: str, text: str) -> bytes:
        return await self.cipher.encrypt(str(user_id), column, text) if text else b""

    async def _open(self, user_id: UUID, column: str, blob: bytes) -> str:
        return await self.cipher.decrypt(str(user_id), column, bytes(blob)) if blob else ""


def _open_columns(turn: NewTurn) -> TurnRow:
    confidence = round(turn.emotion.confidence, 2) if turn.emotion else None
    return {
        "language": turn.language,
        "emotion_detected": turn.primary_emotion,
        "confidence_score": confidence,
        "safety_level": risk_name(turn.safety.level),
        "therapeutic_technique": turn.technique,
        "citations": [MessageToDict(each, preserving_proto_field_name=True) for each in turn.citations],
        "protocol_state": MessageToDict(turn.protocol, preserving_proto_field_name=True),
        "response_id": turn.response_id,
        "knowledge_version": turn.knowledge_version,
        "response_time_ms": turn.response_time_ms,
        "timings": dict(turn.timings),
        "degraded": list(turn.degraded),
    }


def risk_name(level: RiskLevel.ValueType) -> str:
    """`RISK_LEVEL_HIGH` as `high`."""
    return RiskLevel.Name(level).removeprefix("RISK_LEVEL_").lower()
