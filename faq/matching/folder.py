"""A model of sentence vectors from a folder that the settings name.

A static one (`model.safetensors` with one table, and `tokenizer.json`) is read with numpy: a
text's vector is the mean of its pieces'. One with `model.onnx` needs onnxruntime and tokenizers.
"""

import hashlib
import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from faq.matching.arrays import Floats

LONGEST = 200
REMEMBERED = 16
KINDS = {"F32": np.float32, "F16": np.float16, "I8": np.int8}
Encode = Callable[[list[str]], Floats]


class VectorsError(Exception):
    """The model that the settings name cannot be used; says why, in Chinese."""


class Folder:
    """Vectors by a model of the owner's."""

    def __init__(self, path: Path, file: Path, encode: Encode) -> None:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        self.name = f"{path.name} {digest[:16]}"
        self._encode = encode
        self._one = lru_cache(REMEMBERED)(self._encode_one)

    def encode(self, texts: list[str]) -> Floats:
        """One row of length 1 per text."""
        made = self._encode([text[:LONGEST] for text in texts])
        lengths = np.sqrt(np.square(made).sum(axis=1, keepdims=True))
        return np.asarray(made / np.maximum(lengths, 1e-9), np.float32)

    def encode_one(self, text: str) -> Floats:
        return self._one(text)

    def _encode_one(self, text: str) -> Floats:
        row: Floats = self.encode([text])[0]
        return row


def open_folder(path: Path) -> Folder:
    """Raises VectorsError when there is no model in it that can be used."""
    onnx, static = path / "model.onnx", path / "model.safetensors"
    if onnx.is_file():
        return Folder(path, onnx, _onnx(path))
    if not static.is_file() or not (path / "tokenizer.json").is_file():
        raise VectorsError(
            f"{path} 里没有句向量模型：要有 model.safetensors 和 tokenizer.json,或者 model.onnx"
        )
    try:
        return Folder(path, static, _static(path))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise VectorsError(f"{path} 里的句向量模型读不懂：{error}") from error


def _static(path: Path) -> Encode:
    table = _table(path / "model.safetensors")
    split = _splitter(json.loads((path / "tokenizer.json").read_text(encoding="utf-8")))

    def encode(texts: list[str]) -> Floats:
        made = np.zeros((len(texts), table.shape[1]), np.float32)
        for row, text in enumerate(texts):
            pieces = split(text)
            if pieces:
                made[row] = table[pieces].astype(np.float32).mean(axis=0)
        return made

    return encode


def _table(file: Path) -> NDArray[np.generic]:
    """The largest table of a safetensors file, mapped."""
    whole = np.memmap(file, np.uint8, mode="r")
    size = int.from_bytes(whole[:8].tobytes(), "little")
    head = json.loads(whole[8 : 8 + size].tobytes())
    tables = [
        entry
        for entry in head.values()
        if len(entry.get("shape", ())) == 2  # noqa: PLR2004 - a table
    ]
    largest = max(tables, key=lambda entry: entry["shape"][0])
    begin, end = (8 + size + place for place in largest["data_offsets"])
    return whole[begin:end].view(KINDS[largest["dtype"]]).reshape(largest["shape"])


def _splitter(tokenizer: dict[str, dict[str, object]]) -> Callable[[str], list[int]]:
    """Longest piece first, as far as the vocabulary goes; what it lacks is left out."""
    vocabulary = tokenizer["model"]["vocab"]
    if isinstance(vocabulary, list):
        numbers = {piece: place for place, (piece, _) in enumerate(vocabulary)}
    elif isinstance(vocabulary, dict):
        numbers = dict(vocabulary)
    else:
        raise TypeError("tokenizer.json")
    for piece in list(numbers):
        numbers.setdefault(piece.removeprefix("##").removeprefix("\u2581"), numbers[piece])
    longest = max(map(len, numbers))

    def split(text: str) -> list[int]:
        found, at = [], 0
        while at < len(text):
            ends = range(min(len(text), at + longest), at, -1)
            end = next((end for end in ends if text[at:end] in numbers), 0)
            if end:
                found.append(numbers[text[at:end]])
            at = end or at + 1
        return found

    return split


def _onnx(path: Path) -> Encode:
    runtime, tokenizers = _needed(path, "onnxruntime"), _needed(path, "tokenizers")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    session = runtime.InferenceSession(str(path / "model.onnx"), options)
    tokenizer = tokenizers.Tokenizer.from_file(str(path / "tokenizer.json"))
    wanted = [each.name for each in session.get_inputs()]

    def one(text: str) -> Floats:
        made = tokenizer.encode(text)
        have = {
            "input_ids": made.ids,
            "attention_mask": made.attention_mask,
            "token_type_ids": made.type_ids,
        }
        out = session.run(None, {name: np.array([have[name]], np.int64) for name in wanted})[0]
        row: Floats = out[0] if out.ndim == 2 else out[0].mean(axis=0)  # noqa: PLR2004 - or per piece
        return row

    return lambda texts: np.stack([one(text) for text in texts])


def _needed(path: Path, package: str) -> ModuleType:
    from importlib import import_module  # noqa: PLC0415 - few need it

    try:
        return import_module(package)
    except ModuleNotFoundError:
        raise VectorsError(
            f"{path} 是 ONNX 模型，要先安装 {package}:.venv/bin/pip install {package}"
        ) from None
