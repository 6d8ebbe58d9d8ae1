"""Between the contract and the domain, both ways."""

from voicecbt.emotion.detection import Utterance
from voicecbt.emotion.domain import Distribution, Emotion, EmotionEstimate, Method, Modality, ModalityEstimate, Severity
from voicecbt.kit.errors import FieldViolation, InvalidArgument
from voicecbt.stubs.emotion.v1 import emotion_pb2 as pb

DEFAULT_SAMPLE_RATE_HZ = 16000
SAMPLE_BYTES = 2

LABELS = {emotion: pb.EmotionLabel.Value(f"EMOTION_LABEL_{emotion.name}") for emotion in Emotion}
SEVERITIES = {severity: pb.Severity.Value(f"SEVERITY_{severity.name}") for severity in Severity}
MODALITIES = {modality: pb.Modality.Value(f"MODALITY_{modality.name}") for modality in Modality}
METHODS = {method: pb.Method.Value(f"METHOD_{method.name}") for method in Method}


def to_utterance(request: pb.DetectEmotionRequest) -> Utterance:
    """The request as an utterance. Raises InvalidArgument when there is nothing in it, or half a sample."""
    text = request.text.strip()
    if not request.audio and not text:
        message = "must not be empty when the other is"
        raise InvalidArgument("audio", message, FieldViolation("text", message))
    if len(request.audio) % SAMPLE_BYTES:
        raise InvalidArgument("audio", "must be PCM16: an even number of bytes")
    return Utterance(request.audio, request.sample_rate_hz or DEFAULT_SAMPLE_RATE_HZ, text, request.language)


def to_response(estimate: EmotionEstimate) -> pb.DetectEmotionResponse:
    """The estimate as the response."""
    return pb.DetectEmotionResponse(
        estimate=pb.EmotionEstimate(
            primary=LABELS[estimate.primary],
            confidence=estimate.confidence,
            secondary=[_probability(emotion, share) for emotion, share in estimate.secondary],
            probabilities=_probabilities(estimate.probabilities),
            intensity=estimate.intensity,
            arousal=estimate.arousal,
            valence=estimate.valence,
            severity=SEVERITIES[estimate.severity] if estimate.severity else pb.SEVERITY_UNSPECIFIED,
            modalities=[_modality(each) for each in estimate.modalities],
            abstained=estimate.abstained,
            method=METHODS[estimate.method],
        )
    )


def _modality(estimate: ModalityEstimate) -> pb.ModalityEstimate:
    return pb.ModalityEstimate(
        modality=MODALITIES[estimate.modality],
        primary=LABELS[estimate.probabilities.ranked()[0][0]],
        probabilities=_probabilities(estimate.probabilities),
        weight=estimate.weight,
        model_version=estimate.model_version,
        method=METHODS[estimate.method],
    )


def _probabilities(distribution: Distribution) -> list[pb.EmotionProbability]:
    return [_probability(emotion, share) for emotion, share in zip(Emotion, distribution.values, strict=True)]


def _probability(emotion: Emotion, share: float) -> pb.EmotionProbability:
    return pb.EmotionProbability(label=LABELS[emotion], probability=share)
