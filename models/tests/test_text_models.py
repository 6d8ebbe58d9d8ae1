from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from voicecbt.models import ModelMissing, ModelStore
from voicecbt.models.catalog import Catalog
from voicecbt.models.errors import InferenceError
from voicecbt.models.inference import Reranker, TextEmbedder, open_embedder, open_reranker
from voicecbt.models.inference.tokens import MAX_CHARACTERS, TextTokens

pytestmark = pytest.mark.integration

SLEEP = "If you cannot fall asleep, get up and do something calm until you feel sleepy."
SLEEP_AGAIN = "When sleep does not come, leave the bed and wait quietly till you are tired."
THOUGHTS = "Write the anxious thought down and look for the evidence for and against it."
MARKETS = "Shares fell by two percent on Monday after the central bank raised rates."


@pytest.fixture
async def embedder(real_store: ModelStore) -> AsyncIterator[TextEmbedder]:
    async with open_embedder(real_store) as opened:
        yield opened


@pytest.fixture
async def reranker(real_store: ModelStore) -> AsyncIterator[Reranker]:
    async with open_reranker(real_store) as opened:
        yield opened


def cosines(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    return vectors @ vectors.T


async def test_vectors_have_the_documented_form(embedder: TextEmbedder) -> None:
    vectors = await embedder.embed([SLEEP, "", "a" * 5000])
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert (await embedder.embed([])).shape == (0, 384)


@pytest.mark.parametrize(
    ("text", "paraphrase", "unrelated"),
    [
        (SLEEP, SLEEP_AGAIN, MARKETS),
        ("I feel worthless.", "I think I am no good at all.", "The train leaves at nine."),
        ("My boss shouted at me.", "I was yelled at by my manager.", "My sister baked a cake."),
        ("I keep worrying about the exam.", "The test is always on my mind.", "The soup needs salt."),
    ],
)
async def test_paraphrases_are_closer_than_unrelated_texts(
    embedder: TextEmbedder, text: str, paraphrase: str, unrelated: str
) -> None:
    similarity = cosines(await embedder.embed([text, paraphrase, unrelated]))
    assert similarity[0, 1] > similarity[0, 2] + 0.1


async def test_a_text_has_the_same_vector_in_any_company(embedder: TextEmbedder) -> None:
    texts = [SLEEP, "short", MARKETS * 20]
    together = await embedder.embed(texts)
    alone = np.concatenate([await embedder.embed([text]) for text in texts])
    np.testing.assert_allclose(together, alone, atol=1e-4)


async def test_the_query_instruction_changes_the_vector_and_still_finds_the_passage(
    embedder: TextEmbedder,
) -> None:
    question = "what can I do when I lie awake?"
    query = await embedder.embed([question], query=True)
    assert not np.allclose(query, await embedder.embed([question]), atol=1e-2)
    ranking = np.argsort(-(await embedder.embed([MARKETS, SLEEP, THOUGHTS]) @ query[0]))
    assert ranking[0] == 1


async def test_only_the_first_512_word_pieces_count(embedder: TextEmbedder) -> None:
    start = "rest " * 600
    vectors = await embedder.embed([start, start + MARKETS])
    np.testing.assert_array_equal(vectors[0], vectors[1])


async def test_the_reranker_orders_passages_by_what_they_answer(reranker: Reranker) -> None:
    scores = await reranker.score("How can I fall asleep?", [MARKETS, SLEEP, THOUGHTS])
    assert scores.shape == (3,)
    assert scores.dtype == np.float32
    assert scores.argmax() == 1
    assert scores[1] - scores[0] > 5
    evidence = await reranker.score("how to challenge an anxious thought", [MARKETS, SLEEP, THOUGHTS])
    assert evidence.argmax() == 2


async def test_a_passage_has_the_same_score_in_any_company(reranker: Reranker) -> None:
    passages = [SLEEP, MARKETS * 30, "short"]
    together = await reranker.score("sleep", passages)
    alone = np.concatenate([await reranker.score("sleep", [passage]) for passage in passages])
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert (await reranker.score("sleep", [])).shape == (0,)


async def test_the_reranker_cuts_what_is_too_long(reranker: Reranker) -> None:
    scores = await reranker.score("sleep " * 2000, [SLEEP * 200, ""])
    assert np.isfinite(scores).all()


async def test_both_are_ready_while_open(embedder: TextEmbedder, reranker: Reranker) -> None:
    assert await embedder.ready()
    assert await reranker.ready()


async def test_after_closing_they_say_so(real_store: ModelStore) -> None:
    async with open_embedder(real_store) as embedder:
        pass
    assert not await embedder.ready()
    with pytest.raises(InferenceError, match="not loaded"):
        await embedder.embed(["text"])


async def test_an_absent_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="voicecbt models pull bge-small-en"):
        async with open_embedder(ModelStore(tmp_path, Catalog.load())):
            pass


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "👩‍👩‍👧", "\u202e", "م" * 10, " " * 100])
def test_any_string_can_be_encoded(real_store: ModelStore, text: str) -> None:
    tokens = TextTokens(real_store.path("bge-small-en") / "tokenizer.json")
    encoded = tokens.encode(text)
    assert {tensor.dtype for tensor in encoded.values()} == {np.dtype(np.int64)}
    assert len({tensor.shape for tensor in encoded.values()}) == 1


def test_a_megabyte_of_text_is_cut_before_it_is_read(real_store: ModelStore) -> None:
    tokens = TextTokens(real_store.path("bge-small-en") / "tokenizer.json")
    long = "worry " * 200_000
    expected = tokens.encode(long[:MAX_CHARACTERS])
    assert np.array_equal(tokens.encode(long)["input_ids"], expected["input_ids"])
    assert expected["input_ids"].shape == (1, 512)


def test_a_file_that_is_no_tokenizer_is_named(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(InferenceError, match=r"tokenizer\.json"):
        TextTokens(tmp_path / "tokenizer.json")
