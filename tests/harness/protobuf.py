"""Protobuf messages as tables: plain dictionaries in, objects with every field out, and no generated code.

A table names the fields of messages: `Message: name NUMBER TYPE, ...`; the next message starts a new line. A TYPE is string (if
it is left out), int (also enumerations and uint), bool, bytes, wrapped (the *Value messages around one integer), map (of strings), or
another message of the table; one with a `*` repeats.
"""

import re
import types

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_SCALARS = {"string": "", "int": 0, "bool": False, "bytes": b"", "wrapped": None, "map": {}}


def read_tables(text):
    """{message: {field: (number, type, whether it repeats)}} of a text of the form above."""
    tables = {}
    for message, fields in re.findall(r"(\w+):([^:]*)(?=\n\s*\w+:|\s*$)", text):
        tables[message] = {}
        for name, number, *kind in (field.split() for field in fields.split(",") if field.strip()):
            kind = kind[0] if kind else "string"
            tables[message][name] = (int(number), kind.rstrip("*"), kind.endswith("*"))
    return tables


def encode(tables, message, values):
    """The bytes of a message, from a dictionary; fields that are None are left out."""
    out = b""
    for name, value in values.items():
        if name not in tables[message]:
            raise TypeError(f"{message} has no field '{name}' in the table")
        number, kind, repeats = tables[message][name]
        if value is not None:
            for one in value if repeats else [value]:
                out += _encode_field(tables, number, kind, one)
    return out


def decode(tables, message, data):
    """An object with an attribute for each field of the table. Messages that are absent are None; unknown fields are skipped."""
    found = {name: [] if repeats else _absent(kind) for name, (_, kind, repeats) in tables[message].items()}
    names = {number: name for name, (number, *_) in tables[message].items()}
    for number, raw in _fields(data):
        if number in names:
            name = names[number]
            _, kind, repeats = tables[message][name]
            _put(found, name, kind, repeats, _decode_value(tables, kind, raw))
    return types.SimpleNamespace(**found)


def _put(found, name, kind, repeats, value):
    if kind == "map":
        found[name].update(value)
    elif repeats:
        found[name].extend(value if isinstance(value, list) else [value])
    else:
        found[name] = value


def _absent(kind):
    return {} if kind == "map" else _SCALARS.get(kind)


def _encode_field(tables, number, kind, value):
    if kind in ("int", "bool"):
        return _varint(number << 3 | _VARINT) + _varint(int(value))
    if kind == "map":
        return b"".join(_chunk(number, _chunk(1, key.encode()) + _chunk(2, text.encode())) for key, text in value.items())
    if kind == "wrapped":
        return _chunk(number, _varint(1 << 3 | _VARINT) + _varint(value))
    if kind in ("string", "bytes"):
        return _chunk(number, value.encode() if isinstance(value, str) else value)
    return _chunk(number, encode(tables, kind, value))


def _decode_value(tables, kind, raw):
    if kind == "int":
        return _signed(raw) if isinstance(raw, int) else [_signed(one) for one in _varints(raw)]
    if kind == "bool":
        return bool(raw)
    if kind == "string":
        return raw.decode(errors="backslashreplace")
    if kind == "bytes":
        return raw
    if kind in ("wrapped", "map"):
        inside = dict(_fields(raw))
        if kind == "wrapped":
            return _signed(inside.get(1, 0))
        return {inside.get(1, b"").decode(): inside.get(2, b"").decode(errors="backslashreplace")}
    return decode(tables, kind, raw)


def _chunk(number, data):
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _varint(value):
    value &= (1 << 64) - 1  # a negative number is the ten bytes of its two's complement
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _signed(value):
    return value - (1 << 64) if value >> 63 else value


def _fields(data):
    """(number, value) of each field: an integer, or bytes."""
    place = 0
    while place < len(data):
        key, place = _read_varint(data, place)
        number, wire = key >> 3, key & 7
        if wire == _VARINT:
            value, place = _read_varint(data, place)
        else:
            size, place = _read_varint(data, place) if wire == _BYTES else ({_FIXED64: 8, _FIXED32: 4}[wire], place)
            value, place = data[place:place + size], place + size
        yield number, value


def _varints(data):
    place = 0
    while place < len(data):
        value, place = _read_varint(data, place)
        yield value


def _read_varint(data, place):
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        shift, place = shift + 7, place + 1
        if byte < 0x80:
            return value, place
