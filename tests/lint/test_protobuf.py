"""The tests' own protobuf: what the encoding's documentation says of bytes, and back."""

from harness import equal, run, test
from harness.protobuf import decode, encode, read_tables

TABLES = read_tables("""
    Outer: number 1 int, text 2, inner 3 Inner, many 4 int*, flag 5 bool, words 6 string*, pairs 7 map, maybe 8 wrapped,
        raw 9 bytes, all 16 Inner*
    Inner: number 1 int
    Empty:
    Newer: number 1 int, text 2, unknown 30, fixed 31 int
""")


@test("numbers, texts, messages and maps are the bytes of the wire format")
def known_bytes():
    for values, expected in (({"number": 150}, "089601"), ({"text": "testing"}, "120774657374696e67"),
                             ({"inner": {"number": 150}}, "1a03089601"), ({"number": -2}, "08feffffffffffffffff01"),
                             ({"pairs": {"a": "b"}}, "3a060a0161120162"), ({"all": [{}, {"number": 1}]}, "8201008201020801"),
                             ({"maybe": 7}, "42020807"), ({"maybe": None, "words": []}, "")):
        equal(encode(TABLES, "Outer", values).hex(), expected, str(values))


@test("what was encoded comes back; repeated numbers may be packed; what is absent or unknown does no harm")
def and_back():
    values = {"number": -5, "text": "ü", "inner": {"number": 1 << 40}, "many": [1, 300], "flag": True, "words": ["a", ""],
              "pairs": {"x": "", "y": "z"}, "maybe": 0, "raw": b"\0\xff"}
    got = decode(TABLES, "Outer", encode(TABLES, "Outer", values))
    equal((got.number, got.text, got.inner.number, got.many, got.flag), (-5, "ü", 1 << 40, [1, 300], True))
    equal((got.words, got.pairs, got.maybe, got.raw, got.all), (["a", ""], {"x": "", "y": "z"}, 0, b"\0\xff", []))
    equal(decode(TABLES, "Outer", bytes.fromhex("220301ac02")).many, [1, 300])
    empty = decode(TABLES, "Outer", b"")
    equal((empty.number, empty.text, empty.inner, empty.many, empty.maybe, empty.pairs), (0, "", None, [], None, {}))
    newer = encode(TABLES, "Newer", {"unknown": "later", "number": 3}) + bytes.fromhex("f9010102030405060708")
    equal(decode(TABLES, "Outer", newer).number, 3)


run()
