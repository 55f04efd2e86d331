"""Damage files as people, programs and attackers do: seeded, and aware of how a file is built."""

import io
import json
import random
import re
import sqlite3
import tempfile
import tomllib
import zipfile
import zlib
from contextlib import closing, suppress
from pathlib import Path

#: What breaks readers: limits of numbers, words of other programs, signs of other layouts.
NUMBERS = (
    *("0", "-0", "-1", "1", "1e308", "-1e308", "1e-320", "1e999", "nan", "inf", "-inf", "NaN"),
    *("1,5", "1.234,5", "1,234.5", "1.200", "٣", "1_000", "0x10", "2147483648", "65535", "-32768"),
    *("9223372036854775808", "1" * 400, "0." + "1" * 400, "1e400000000", "106.17°", "00012"),
)
WORDS = (
    *("", " ", "null", "true", "false", "None", "#REF!", "#N/A", "=1+1", "-", "N/A", "?"),
    *("\0", "\ufeff", "\u2028", "\x85", "\x0b", "\x1b[2J", "\u202e", "\ud7ff", "e\u0301", "İ", "ß"),
    *("Đang hoạt động", "Trạm", "a" * 5000, "../../etc/passwd", "/dev/zero", "C:\\x", "http://x"),
    *("existing", "viettel", "lte_b3", "EPSG:4326", "EPSG:0", "builtin:rural_delta", "ignore"),
    *('"', "'", '"""', ",", ";", "|", "\t", "\r", "\n", "\r\n", "{", "}", "[", "]", "<", "&", "%s"),
    *("POINT EMPTY", "POLYGON ((0 0, 1 1, 0 1, 0 0))", "2025-02-30", "2025-07-01T00:00:00"),
)
#: What the damaging itself may meet in what it has damaged already.
_OF_THE_DAMAGED = (
    *(ValueError, RecursionError, IndexError, OSError, NotImplementedError, RuntimeError, EOFError),
    *(zipfile.BadZipFile, zlib.error, sqlite3.Error),
)
_TOKEN = re.compile(rb"[-+0-9.eE]+|[A-Za-z_]+|\"[^\"]*\"")
_EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutate(content: bytes, ending: str, chance: random.Random) -> bytes:
    """Return a file's content with a few faults in it.

    Parameters
    ----------
    content : bytes
        Of a file that is right.
    ending : str
        How its name ends, which says how it is built.
    chance : random.Random
        Where all choices come from.
    """
    ways = [_bytes_changed]
    if ending in _TEXTS:
        ways = [_text_changed, _text_changed, _lines_changed, _bytes_changed]
    if ending in _TREES:
        ways += [_TREES[ending]] * 3
    if ending in _ARCHIVES:
        ways += [_member_changed] * 5
    if ending == ".gpkg":
        ways += [_database_changed] * 3
    for _ in range(chance.choice((1, 1, 1, 2, 3, 6))):
        with suppress(*_OF_THE_DAMAGED):
            content = chance.choice(ways)(content, chance)
    return content


# --- bytes ---


def _bytes_changed(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    if not data:
        return bytes(chance.randrange(256) for _ in range(chance.randrange(64)))
    # What a binary file says of itself stands in front.
    at = chance.randrange(min(len(data), chance.choice((64, 512, len(data)))))
    way = chance.randrange(7)
    if way == 0:
        data[at] ^= 1 << chance.randrange(8)
    elif way == 1:
        data[at] = chance.choice((0, 0x7F, 0xFF, 10, 34, 0x80))
    elif way == 2:
        edge, order = chance.choice(_EDGES), chance.choice(("little", "big"))
        size = chance.choice((2, 4))
        data[at : at + size] = (edge & (1 << 8 * size) - 1).to_bytes(size, order)
    elif way == 3:
        del data[at:]
    elif way == 4:
        del data[at : at + chance.choice((1, 4, 64))]
    elif way == 5:
        data[at:at] = bytes(chance.randrange(256) for _ in range(chance.choice((1, 4, 64))))
    else:
        piece = bytes(data[at : at + chance.choice((1, 8, 64))])
        data[at:at] = piece * chance.choice((2, 16, 200))
    return bytes(data)


# --- texts ---


def _text_changed(content: bytes, chance: random.Random) -> bytes:
    tokens = list(_TOKEN.finditer(content))
    if not tokens:
        return content + chance.choice(WORDS).encode()
    token = chance.choice(tokens)
    is_number = token.group()[:1] in b"-+0123456789."
    pool = NUMBERS if is_number and chance.random() < 0.7 else WORDS
    return content[: token.start()] + chance.choice(pool).encode() + content[token.end() :]


def _lines_changed(content: bytes, chance: random.Random) -> bytes:
    lines = content.split(b"\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    way = chance.randrange(6)
    if way == 0:
        del lines[at]
    elif way == 1:
        lines[at:at] = [lines[at]] * chance.choice((1, 3, 50))
    elif way == 2:
        lines[at], lines[other] = lines[other], lines[at]
    elif way == 3:
        sign = chance.choice((b",", b";", b"\t", b" ", b"=", b'"'))
        lines[at] = lines[at].replace(sign, chance.choice((b",", b";", b"\t", b"", b'"')))
    elif way == 4:
        lines[at] += chance.choice((b",x", b";", b'"', b"\r", b"\0", b" #", b"\\"))
    else:
        return chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\n\n", b" ")) + b"\n".join(lines)
    return b"\n".join(lines)


# --- trees ---


def _tree_changed(tree: object, chance: random.Random) -> object:
    """Return a tree of tables, lists and values with one of them changed."""
    if isinstance(tree, dict) and tree and chance.random() < 0.9:
        key = chance.choice(list(tree))
        way = chance.random()
        if way < 0.08:
            return {name: value for name, value in tree.items() if name != key}
        if way < 0.16:
            return {**tree, chance.choice(WORDS): tree[key]}
        return {**tree, key: _tree_changed(tree[key], chance)}
    if isinstance(tree, list) and tree and chance.random() < 0.8:
        at = chance.randrange(len(tree))
        way = chance.random()
        if way < 0.1:
            return tree[:at] + tree[at + 1 :]
        if way < 0.2:
            return tree + [tree[at]] * chance.choice((1, 30))
        return [*tree[:at], _tree_changed(tree[at], chance), *tree[at + 1 :]]
    return _value(chance)


def _value(chance: random.Random) -> object:
    return chance.choice(
        (
            *(None, True, False, 0, -1, 1, 0.5, 1e308, -1e308, 1e-320, 10**18, 2**63, 10**30),
            *(float("nan"), float("inf"), [], {}, [[]], {"a": 1}, [1, 2], ["a"], [None]),
            chance.choice(WORDS),
            chance.choice(NUMBERS),
            _nested(chance.choice((5, 40, 300))),
        )
    )


def _nested(depth: int) -> object:
    tree: object = 0
    for _ in range(depth):
        tree = [tree]
    return tree


def _json_changed(content: bytes, chance: random.Random) -> bytes:
    tree = _tree_changed(json.loads(content), chance)
    return json.dumps(tree, ensure_ascii=chance.random() < 0.5).encode("utf-8", "replace")


def _toml_changed(content: bytes, chance: random.Random) -> bytes:
    tree = _tree_changed(tomllib.loads(content.decode()), chance)
    if not isinstance(tree, dict):
        return content
    return "".join(f"{_quoted(key)} = {_inline(value)}\n" for key, value in tree.items()).encode()


def _quoted(text: str) -> str:
    return json.dumps(text).replace("\x7f", "\\u007f")


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(k)} = {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool) or value is None:
        return "true" if value else "false"
    return _quoted(value) if isinstance(value, str) else str(value)


# --- archives and databases ---


def _member_changed(content: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    name = chance.choice(list(members))
    if chance.random() < 0.1:
        del members[name]
    else:
        changed = chance.choice((_text_changed, _text_changed, _bytes_changed, _lines_changed))
        members[name] = changed(members[name], chance)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return memory.getvalue()


def _database_changed(content: bytes, chance: random.Random) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.gpkg"
        path.write_bytes(content)
        with closing(sqlite3.connect(path)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            table = chance.choice([name for (name,) in names])
            columns = database.execute(f'PRAGMA table_info("{table}")').fetchall()
            column = chance.choice(columns)[1]
            value = chance.choice((None, -1, 2**62, 1e308, b"\0GP", b"", *WORDS, *NUMBERS))
            way = chance.random()
            if way < 0.1:
                database.execute(f'DROP TABLE "{table}"')
            elif way < 0.2:
                database.execute(f'DELETE FROM "{table}"')  # noqa: S608  # a table of ours
            elif way < 0.3:
                database.execute(f'ALTER TABLE "{table}" RENAME COLUMN "{column}" TO "{value}"')
            else:
                sql = f'UPDATE "{table}" SET "{column}" = ?'  # noqa: S608  # ours too
                database.execute(sql, [value])
            database.commit()
        return path.read_bytes()


_TREES = {".json": _json_changed, ".geojson": _json_changed, ".toml": _toml_changed}
_ARCHIVES = (".xlsx", ".ods", ".kmz", ".zip", ".xlsm")
_TEXTS = (
    *(".csv", ".txt", ".toml", ".json", ".geojson", ".kml", ".vrt"),
    *(".msi", ".nsma", ".adf", ".ant", ".pln"),
)
