"""Arrays in one file that every process maps: read once from disk, kept once in memory.

A line of JSON says where each array begins; the arrays follow, aligned.
"""

import json
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from faq import compiled

Arrays = dict[str, NDArray[np.generic]]
Notes = dict[str, list[str]]
Parts = tuple[Arrays, Notes]
ALIGNED = 64


def read(file: Path) -> Parts:
    """The arrays, mapped. Raises OSError when there is no such file, ValueError on damage."""
    whole = np.memmap(file, np.uint8, mode="r")
    return _parts(whole)


def _parts(whole: NDArray[np.uint8]) -> Parts:
    size = int.from_bytes(whole[:8].tobytes(), "little")
    if size > len(whole):
        raise ValueError("too short")
    head = json.loads(whole[8 : 8 + size].tobytes())
    arrays: Arrays = {}
    for name, (kind, shape, begin) in head["arrays"].items():
        dtype = np.dtype(kind)
        count = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if begin + count > len(whole):
            raise ValueError("too short")
        arrays[name] = whole[begin : begin + count].view(dtype).reshape(shape)
    return arrays, head["notes"]


def keep(file: Path, parts: Parts) -> Parts:
    """Write them and map them; where nothing can be written they stay in memory."""
    with suppress(OSError):
        compiled.keep(file, _bytes(parts))
        return read(file)
    return parts


def _bytes(parts: Parts) -> bytes:
    arrays, notes = parts
    places: dict[str, tuple[str, list[int], int]] = {}
    head = b""
    begin = 0
    # The head's own length moves the arrays, so it is written until it does not change.
    while True:
        begin = _aligned(8 + len(head))
        for name, array in arrays.items():
            places[name] = (array.dtype.str, list(array.shape), begin)
            begin = _aligned(begin + array.nbytes)
        made = json.dumps({"arrays": places, "notes": notes}, ensure_ascii=False).encode()
        if len(made) == len(head):
            break
        head = made
    out = bytearray(begin)
    out[:8] = len(made).to_bytes(8, "little")
    out[8 : 8 + len(made)] = made
    for name, array in arrays.items():
        at = places[name][2]
        out[at : at + array.nbytes] = np.ascontiguousarray(array).tobytes()
    return bytes(out)


def _aligned(place: int) -> int:
    return -(-place // ALIGNED) * ALIGNED
