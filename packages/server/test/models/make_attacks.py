"""Writes harmful files, asks picklescan about each, and prints its verdicts as JSON. Nothing is loaded."""

import io
import json
import os
import pickle
import struct
import sys
import zipfile
from collections.abc import Iterator

from picklescan import scanner


class Call:
    """Pickles as a call of a function that need not be there."""

    def __init__(self, module: str, name: str) -> None:
        self.module = module
        self.name = name

    def dump(self, protocol: int) -> bytes:
        if protocol < 4:
            head = bytes([0x80, protocol]) if protocol >= 2 else b""
            return head + b"c%s\n%s\n(S'x'\ntR." % (self.module.encode(), self.name.encode())
        text = b"".join(
            b"\x8c" + bytes([len(part)]) + part.encode() + b"\x94" for part in (self.module, self.name)
        )
        return bytes([0x80, protocol]) + text + b"\x93\x8c\x01x\x85R."


def known_calls() -> Iterator[Call]:
    for module, names in scanner._unsafe_globals.items():
        listed = ["anything"] if names == "*" else [names] if isinstance(names, str) else sorted(names)
        for name in listed:
            yield Call(module, name)
            if names == "*":
                yield Call(module + ".inner", name)


class Reduced:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return os.system, ("echo",)


def files() -> Iterator[tuple[str, bytes]]:
    for index, call in enumerate(known_calls()):
        for protocol in (0, 2, 4):
            yield f"{index:03}-{call.module}.{call.name}-p{protocol}.pkl", call.dump(protocol)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        yield f"reduced-p{protocol}.pkl", pickle.dumps({"model": [1, Reduced()]}, protocol=protocol)
    harm = pickle.dumps(Reduced())
    yield "second.pkl", pickle.dumps([1, 2]) + harm
    yield "broken.pkl", harm[:-1] + b"\xff\xff"
    yield "archive.zip", zipped({"a/data.pkl": harm})
    yield "torch.pt", zipped({"model/data.pkl": harm, "model/version": b"3\n", "model/data/0": b"\0" * 64})
    yield (
        "encrypted-flag.pt",
        zipped({"model/data.pkl": harm}).replace(b"PK\1\2\x14\3\x14\0\0\0", b"PK\1\2\x14\3\x14\0\1\0"),
    )
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n"
    array = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + harm
    yield "objects.npy", array
    yield "objects.npz", zipped({"a.npy": array})


def zipped(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def main(folder: str) -> None:
    verdicts = []
    for name, content in files():
        path = os.path.join(folder, name)
        with open(path, "wb") as target:
            target.write(content)
        # It reads NumPy's files by NumPy, which need not be there.
        asked = not name.endswith((".npy", ".npz"))
        dangerous = asked and scanner.scan_file_path(path).issues_count > 0
        verdicts.append({"file": name, "dangerous": dangerous})
    print(json.dumps(verdicts))


main(sys.argv[1])
