#!/usr/bin/env python3
"""Writes draw.json beside it: draws computed from the text of the rule by Python's hashlib and hmac alone.

An order of up to 20 entries is written out; of a longer one the SHA-256 of its text ("3,1,2"), and the entries at some
places.
"""
import hashlib
import hmac
import json
import pathlib
import unicodedata

SEED = hashlib.sha256(b"a seed for tests").digest()
CASES = (
    ("no public value", SEED, "", 6),
    ("a public value", SEED, "drand 4514241", 6),
    ("a Korean public value", SEED, "제1250회 로또: 5, 11, 17, 24, 33, 41 + 8", 20),
    ("the same in decomposed letters", SEED, unicodedata.normalize("NFD", "제1250회 로또: 5, 11, 17, 24, 33, 41 + 8"), 20),
    ("a seed of zeros", bytes(32), "", 3),
    ("a seed with every kind of byte", bytes(range(0, 256, 8)), "\u0000 \U0001F3AB", 9),
    ("nobody", SEED, "", 0),
    ("one entry", SEED, "", 1),
    ("two entries", SEED, "", 2),
    ("two entries, the other way round", SEED, "x", 2),
    ("a thousand", SEED, "", 1000),
    ("more than 16 bits", SEED, "제1250회", 70000),
)


def order_of(seed, public_value, entries):
    key = hashlib.sha256(seed + public_value.encode("utf-8") + str(entries).encode("ascii")).digest()
    codes = []
    for entry in range(1, entries + 1):
        message = bytes([0, 0, 0, 0, entry >> 24 & 255, entry >> 16 & 255, entry >> 8 & 255, entry & 255])
        codes.append((hmac.new(key, message, hashlib.sha256).hexdigest(), entry))
    return key.hex(), [entry for _, entry in sorted(codes)]


def vector(name, seed, public_value, entries):
    key, order = order_of(seed, public_value, entries)
    made = {"name": name, "seed": seed.hex(), "publicValue": public_value, "entries": entries,
            "commitment": hashlib.sha256(seed).hexdigest(), "key": key}
    if entries <= 20:
        return made | {"order": order}
    text = ",".join(map(str, order))
    some = {str(place): order[place - 1] for place in (1, 2, 256, 257, entries // 2, entries - 1, entries)}
    return made | {"orderSha256": hashlib.sha256(text.encode()).hexdigest(), "entryAt": some}


lines = ",\n".join(json.dumps(vector(*case), ensure_ascii=False) for case in CASES)
pathlib.Path(__file__).with_name("draw.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
