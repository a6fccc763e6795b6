#!/usr/bin/env python3
"""A second reader, from functions/reader/LAYOUT.md alone, on the standard library alone.

    python3 check.py [folder of the vectors]

Reads the models and vectors.jsonl, works every answer out by itself, and exits 1 at a difference.
"""

import base64
import hashlib
import hmac
import json
import math
import struct
import sys
import unicodedata
from datetime import datetime, timedelta, timezone
from pathlib import Path

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
SEPARATOR = "\u001f"
MISSING = "\u0000missing"
WORD = 0xFFFFFFFF
TOLERANCE = 1e-9


# --- hashing

def rotate(x, r):
    return ((x << r) | (x >> (32 - r))) & WORD


def murmur3(text, seed=0):
    """The hash of the text's UTF-16 code units, little-endian."""
    return murmur3_bytes(text.encode("utf-16-le", "surrogatepass"), seed)


def murmur3_bytes(data, seed=0):
    """MurmurHash3_x86_32."""
    h = seed & WORD
    whole = len(data) & ~3
    words = [w for (w,) in struct.iter_unpack("<I", data[:whole])]
    tail = int.from_bytes(data[whole:], "little")
    for k in words:
        h ^= rotate(k * 0xCC9E2D51 & WORD, 15) * 0x1B873593 & WORD
        h = (rotate(h, 13) * 5 + 0xE6546B64) & WORD
    h ^= rotate(tail * 0xCC9E2D51 & WORD, 15) * 0x1B873593 & WORD
    return finalize(h ^ len(data))


def finalize(h):
    """The last step of MurmurHash3_x86_32."""
    h = (h ^ (h >> 16)) * 0x85EBCA6B & WORD
    h = (h ^ (h >> 13)) * 0xC2B2AE35 & WORD
    return h ^ (h >> 16)


def unit_interval(text, seed):
    return murmur3(text, seed) / 2**32


def pseudonym(secret, scene, raw):
    message = f"{scene}\nuser\n{raw}".encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()[:32]


# --- tables

def key(family, *parts):
    if family == "scene":
        return f"SCENE#{parts[0]}"
    if family == "release":
        return f"RELEASE#{parts[0]:08d}"
    if family == "values":
        return "#".join(parts)
    if family == "open":
        return f"open.{parts[0]:013d}-{parts[1][:12]}"
    return f"{parts[0]}#values"


def released_to(current, user):
    canary = current["canary"]
    if canary and unit_interval(user, canary["seed"]) < canary["share"]:
        return canary["sequence"]
    return current["sequence"]


def model_of(row):
    """The model's part of a RELEASE row; a row from before parts had names has it flat."""
    if "parts" in row:
        return row["parts"]["model"]

    def file_of(flat):
        return {
            "key": flat["modelKey"],
            "sha256": flat["modelSha256"],
            "generation": flat["version"],
        }

    base = row["base"]
    return {
        **file_of(row),
        "kind": "object",
        "base": file_of(base) if base else None,
        "throughMs": row["dataThroughMs"],
    }


# --- blocks

class Bytes:
    def __init__(self, data):
        self.data, self.at = data, 0

    def left(self):
        return len(self.data) - self.at

    def take(self, n):
        assert n <= self.left(), "the bytes end too early"
        self.at += n
        return self.data[self.at - n : self.at]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    def signed(self):
        value = self.unsigned()
        return value >> 1 if value % 2 == 0 else -((value + 1) >> 1)

    def text(self):
        return self.take(self.unsigned()).decode()


def read_counts(data):
    """[number, count] pairs; each number as its distance from the one before."""
    number, counts = 0, []
    for _ in range(data.unsigned()):
        number += data.unsigned()
        counts.append([number, data.unsigned()])
    return counts


def read_dated(data):
    return {"timeMs": data.unsigned(), "tie": data.unsigned(), "text": data.text()}


def read_distinct(data):
    """Ascending hashes, or 1024 registers of five bits."""
    length, hashes, at = data.unsigned(), [], 0
    if length == 129:
        bits = int.from_bytes(data.take(640), "little")
        return {"registers": [(bits >> (5 * i)) & 31 for i in range(1024)]}
    for _ in range(length):
        at += data.unsigned()
        hashes.append(at)
    return {"hashes": hashes}


def read_tally(data):
    total = data.unsigned()
    values = [[data.text(), data.unsigned()] for _ in range(data.unsigned())]
    return {"total": total, "values": values}


STATES = {
    "count": Bytes.unsigned,
    "sum": lambda data: {"count": data.unsigned(), "sum": data.signed()},
    "weighted": Bytes.unsigned,
    "last": Bytes.unsigned,
    "last-value": read_dated,
    "last-items": lambda data: [read_dated(data) for _ in range(data.unsigned())],
    "distinct": read_distinct,
    "quantiles": read_counts,
    "tally": read_tally,
    "minutes": read_counts,
}


def units(text):
    """Order of UTF-16 code units."""
    return text.encode("utf-16-be", "surrogatepass")


def merge_counts(a, b):
    sums = dict(a)
    for number, count in b:
        sums[number] = sums.get(number, 0) + count
    return [[number, sums[number]] for number in sorted(sums)]


def newest(dated):
    different = {(d["timeMs"], d["tie"], d["text"]): d for d in dated}.values()
    return sorted(different, key=lambda d: (d["timeMs"], d["tie"], units(d["text"])), reverse=True)


def merge_distinct(a, b):
    if "hashes" in a and "hashes" in b:
        hashes = sorted(set(a["hashes"] + b["hashes"]))
        if len(hashes) <= 128:
            return {"hashes": hashes}
        a, b = {"hashes": hashes}, {"hashes": []}
    registers = [0] * 1024
    for state in (a, b):
        for i, rank in enumerate(state.get("registers", [])):
            registers[i] = max(registers[i], rank)
        for value in state.get("hashes", []):
            rest = value & (2**22 - 1)
            rank = 23 - rest.bit_length()
            registers[value >> 22] = max(registers[value >> 22], rank)
    return {"registers": registers}


def merge_tally(a, b, length):
    sums = {}
    for state in (a, b):
        for text, count in state["values"]:
            sums[text] = sums.get(text, 0) + count
    values = sorted(sums.items(), key=lambda value: (murmur3(value[0]), units(value[0])))
    kept = [[text, count] for text, count in values[:length]]
    return {"total": a["total"] + b["total"], "values": kept}


def merge(series, a, b):
    state, length = series["state"], series["parameters"].get("length")
    if state in ("count", "weighted"):
        return a + b
    if state == "sum":
        return {"count": a["count"] + b["count"], "sum": a["sum"] + b["sum"]}
    if state == "last":
        return max(a, b)
    if state == "last-value":
        return newest([a, b])[0]
    if state == "last-items":
        return newest(a + b)[: length or 1]
    if state == "distinct":
        return merge_distinct(a, b)
    if state == "tally":
        return merge_tally(a, b, length)
    return merge_counts(a, b)


def open_block(data):
    """(aheadMs, the runs of each series by its id)"""
    assert data[:2] == b"QV", "magic"
    assert data[2] == 1, f"format version {data[2]}"
    assert murmur3_bytes(data[7:]) == int.from_bytes(data[3:7], "little"), "checksum"
    body = Bytes(data[7:])
    ahead_ms, runs = body.unsigned(), {}
    for _ in range(body.unsigned()):
        name = body.take(4).hex()
        runs[name] = body.take(body.unsigned())
    assert body.left() == 0, "bytes after the last series"
    return ahead_ms, runs


def buckets_in(runs, series):
    """(event hour, state) pairs of one series."""
    data, hour = Bytes(runs.get(series["id"], b"")), 0
    while data.left() > 0:
        hour += data.unsigned()
        for _ in range(data.unsigned()):
            yield hour * HOUR_MS, STATES[series["state"]](data)
            hour += 1


# --- what is visible

def mark_of(row, folded):
    """(closed through, arrived through): the later of the row's own mark and the scene's."""
    marks = []
    if row.get("folded"):
        marks.append(tuple(int(part) for part in row["folded"].split("-")[:2]))
    if folded:
        marks.append((folded["closedThroughMs"], folded["arrivedThroughMs"]))
    return max(marks, default=None)


def buckets_of(row, folded, series, time_ms, window_hours, is_near_line):
    """Event hour -> merged state of the visible events in the window."""
    mark, found = mark_of(row, folded), {}
    exclusions = folded["exclusions"] if folded else []
    near_line_ms = folded["nearLineMs"] if folded else 8_000
    end = time_ms // HOUR_MS * HOUR_MS

    def add(runs, is_visible):
        for hour, state in buckets_in(runs, series):
            if not end - window_hours * HOUR_MS <= hour <= end or not is_visible(hour):
                continue
            if any(
                e["sinceMs"] <= time_ms and e["fromMs"] <= hour < e["throughMs"]
                for e in exclusions
            ):
                continue
            found[hour] = merge(series, found[hour], state) if hour in found else state

    if "ring" in row:
        add(open_block(base64.b64decode(row["ring"]))[1], lambda hour: True)
    for name, text in row.items():
        if not name.startswith("open.") or not is_near_line:
            continue
        arrival_ms = int(name[5:18])
        ahead_ms, runs = open_block(base64.b64decode(text))

        def is_open(hour):
            return mark is None or arrival_ms > mark[1] or hour + HOUR_MS > mark[0]

        if arrival_ms + ahead_ms + near_line_ms <= time_ms:
            add(runs, is_open)
    return found


def merge_all(series, states):
    merged = None
    for state in states:
        merged = state if merged is None else merge(series, merged, state)
    return merged


def state_of(row, folded, series, *window):
    return merge_all(series, buckets_of(row, folded, series, *window).values())


def attributes(row, folded, time_ms):
    near_line_ms = folded["nearLineMs"] if folded else 8_000
    for name in ("statement", "previous"):
        statement = row.get(name)
        if statement and statement["knowableMs"] + near_line_ms <= time_ms:
            return json.loads(statement["attributes"])
    return {}


# --- cells

def number_text(x):
    """A number as ECMAScript's Number::toString writes it."""
    if isinstance(x, int):
        x = float(x)
    if x == 0:
        return "0"
    mantissa, _, exponent = f"{abs(x)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # The value is 0.digits × 10^point.
    point = len(whole.lstrip("0")) + int(exponent or 0)
    if whole.strip("0") == "":
        point = int(exponent or 0) - (len(fraction) - len(fraction.lstrip("0")))
    digits = digits.rstrip("0")
    sign = "-" if x < 0 else ""
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = f"e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return sign + digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "") + power


def well_formed(text):
    return "".join("\ufffd" if 0xD800 <= ord(c) < 0xE000 else c for c in text)


def category_cell(value):
    if value is None or value == []:
        return None
    if isinstance(value, list):
        return well_formed(SEPARATOR.join(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return well_formed(value) if isinstance(value, str) else number_text(value)


def attribute(source, row):
    """A field of the impression, an attribute of the user, the item or the request, or None."""
    domain, name = source.split(".")
    if domain in ("user", "item"):
        return row[domain] if name == "id" else row[f"{domain}_attributes"].get(name)
    if domain == "context":
        return row["context"].get(name)
    if domain == "impression":
        return row[name]
    time = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(milliseconds=row["time_ms"])
    return time.hour if name == "hour-of-day" else time.isoweekday() % 7


def texts_of(source, row):
    cell = category_cell(attribute(source, row))
    texts = cell.split(SEPARATOR) if cell is not None else []
    return [t for t in dict.fromkeys(texts) if t != "" and len(units(t)) <= 2 * 256]


def entity_ids(entity, row):
    def ids(domain):
        return [row[domain]] if domain in ("user", "item") else texts_of(domain, row)

    first, *second = entity.split("+")
    if not second:
        return ids(first)
    return [f"{a}{SEPARATOR}{b}" for a in ids(first) for b in ids(second[0])]


def canonical(value):
    """JSON with keys in order and numbers as ECMAScript writes them."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{canonical(k)}:{canonical(value[k])}" for k in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return number_text(value)


LINKED = ("graph-link", "graph-distance")


def series_of(feature):
    def one(event, state, **parameters):
        accumulated = {
            "entity": feature.get("entity", "user"),
            "event": event,
            "state": state,
            "parameters": parameters,
        }
        digest = hashlib.sha256(canonical(accumulated).encode()).hexdigest()
        return {"id": digest[:8], **accumulated}

    kind, of, length = feature["kind"], feature.get("of"), feature.get("length")
    event = feature.get("event") or feature.get("outcome") or feature.get("last")
    if kind == "rate" and "examination" in feature:
        seen = one("impression", "weighted", examination=feature["examination"])
        return [one(event, "count"), seen]
    if kind in ("rate", "decayed-rate"):
        return [one(event, "count"), one("impression", "count")]
    if kind == "ratio":
        return [one(event, "count"), one(feature["per"], "count")]
    if kind in ("sum", "mean"):
        return [one(event, "sum", of=of)]
    if kind in ("affinity", "frequency"):
        return [one(event, "tally", of=of, length=length)]
    if kind == "last-items":
        return [one(event, kind, of=of, length=length)]
    if kind in ("last-value", "distinct"):
        return [one(event, kind, of=of)]
    if kind == "quantile":
        return [one(event, "quantiles", of=of)]
    if kind in LINKED:
        return [one(event, "last-value", of="item.id")]
    states = {"recency": "last", "session": "minutes"}
    return [one(event, states.get(kind, "count"))]


def with_prior(part, whole, feature):
    rate, strength = feature["priorRate"], feature["priorStrength"]
    return (part + rate * strength) / (whole + strength)


def decayed(buckets, feature, time_ms):
    hour = time_ms // HOUR_MS
    return sum(
        n * 2 ** (-(hour - at // HOUR_MS) / feature["halfLifeHours"])
        for at, n in sorted(buckets.items())
    )


def distinct_of(state):
    """Ertl 2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6."""
    if "hashes" in state:
        return len(state["hashes"])
    m, q = 1024, 22
    counts = [0] * (q + 2)
    for rank in state["registers"]:
        counts[rank] += 1

    def sigma(x):
        if x == 1:
            return math.inf
        power, scale, total, before = x, 1, x, None
        while before != total:
            power, before = power * power, total
            total += power * scale
            scale *= 2
        return total

    def tau(x):
        if x in (0, 1):
            return 0
        root, scale, total, before = x, 1, 1 - x, None
        while before != total:
            root, before, scale = math.sqrt(root), total, scale / 2
            total -= (1 - root) ** 2 * scale
        return total / 3

    z = m * tau(1 - counts[q + 1] / m)
    for rank in range(q, 0, -1):
        z = (z + counts[rank]) / 2
    z += m * sigma(counts[0] / m)
    return m * m / (2 * math.log(2) * z)


GAMMA = 1.01 / 0.99
ORIGIN = 1 - math.ceil(math.log(1e-9) / math.log(GAMMA))
ZERO = ORIGIN + math.ceil(math.log(1e12) / math.log(GAMMA)) + 1


def quantile_of(counts, q):
    left = math.floor(q * (sum(n for _, n in counts) - 1))
    for number, n in counts:
        if left < n:
            break
        left -= n
    if number == ZERO:
        return 0
    middle = 2 * GAMMA ** (abs(number - ZERO) - ORIGIN) / (GAMMA + 1)
    return middle if number > ZERO else -middle


def count_of_candidate(state, feature, row):
    counts = []
    for text in texts_of(feature["of"], row):
        values = state["values"] if state else []
        found = [n for value, n in values if value == text]
        order = (murmur3(text), units(text))
        if found:
            counts.append(found[0])
        elif len(values) < feature["length"]:
            counts.append(0)
        elif (murmur3(values[-1][0]), units(values[-1][0])) > order:
            counts.append(0)
    return max(counts, default=None)


def session_of(state, feature, time_ms):
    now = first = time_ms // MINUTE_MS
    events = 0
    for minute, n in reversed(state or []):
        if first - minute > feature["gapMinutes"]:
            break
        first, events = min(first, minute), events + n
    return events if feature["measure"] == "events" else now - first


def counted_cell(feature, row, states, buckets):
    """The cell of a feature that reads series, from their states and their states by hour."""
    kind, state = feature["kind"], states[0]
    if kind == "count":
        return state or 0
    if kind == "rate" and "examination" in feature:
        return with_prior(state or 0, (states[1] or 0) / 1000, feature)
    if kind in ("rate", "ratio"):
        return with_prior(state or 0, states[1] or 0, feature)
    if kind == "sum":
        return state["sum"] / 1e6 if state else 0
    if kind == "mean":
        return state and state["sum"] / (1e6 * state["count"])
    if kind == "decayed-count":
        return decayed(buckets[0], feature, row["time_ms"])
    if kind == "decayed-rate":
        part, whole = (decayed(hours, feature, row["time_ms"]) for hours in buckets)
        return with_prior(part, whole, feature)
    if kind == "recency":
        return None if state is None else max(0, row["time_ms"] - state) / HOUR_MS
    if kind == "last-value":
        return state and state["text"]
    if kind == "last-items":
        return state and SEPARATOR.join(one["text"] for one in state)
    if kind == "distinct":
        return distinct_of(state) if state else 0
    if kind == "quantile":
        return None if state is None else quantile_of(state, feature["q"])
    if kind == "session":
        return session_of(state, feature, row["time_ms"])
    n = count_of_candidate(state, feature, row)
    if kind == "frequency" or n is None:
        return n
    return with_prior(n, state["total"] if state else 0, feature)


def time_of(value):
    """Epoch milliseconds of a number or of an ISO text; a text without a zone is UTC."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    time = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return (time - datetime(1970, 1, 1, tzinfo=timezone.utc)) / timedelta(milliseconds=1)


def words_of(value):
    """Words in their order, each as often as it occurs."""
    text = " ".join(value) if isinstance(value, list) else (category_cell(value) or "")
    text = unicodedata.normalize("NFKC", text).lower()
    kept = (c if unicodedata.category(c)[0] in "LMN" else " " for c in text)
    return "".join(kept).split()


def words_in(value):
    return set(words_of(value))


UNSPACED = ("CJK ", "IDEOGRAPHIC ", "HIRAGANA ", "KATAKANA ", "THAI ", "LAO ", "KHMER ", "MYANMAR ")


def terms_of(value):
    """Counts of (hash, weight) of a text's terms."""
    terms = {}

    def add(text, seed, weight):
        term = (murmur3(text, seed), weight)
        terms[term] = terms.get(term, 0) + 1

    def add_runs(text, length, weight):
        for i in range(len(text) - length + 1):
            add(text[i : i + length], 2, weight)

    for word in words_of(value):
        if any(unicodedata.name(c, "").startswith(UNSPACED) for c in word):
            add_runs(word, 1, 1)
            add_runs(word, 2, 1)
        else:
            add(word, 1, 1)
            add_runs(f"<{word}>", 3, 0.5)
    return terms


def text_vector(value, dimensions):
    """The content vector of a text, or None for one without words."""
    vector = [0.0] * dimensions
    for (term, weight), count in sorted(terms_of(value).items()):
        for block in range(1, 17):
            start, end = (block - 1) * dimensions // 16, block * dimensions // 16
            h = finalize(term ^ (block * 0x9E3779B1 & WORD) ^ 0x7E87)
            size = weight * (1 + math.log(count))
            vector[start + (h >> 1) % (end - start)] += size if h & 1 else -size
    norm = math.sqrt(sum(x * x for x in vector))
    return [float32(x / norm) for x in vector] if norm > 0 else None


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def cell_of(feature, row, cells, values):
    """A cell that does not depend on the other items of the slate."""
    kind = feature["kind"]
    if kind == "category":
        return category_cell(attribute(feature["of"], row))
    if kind == "number":
        value = attribute(feature["of"], row)
        return value if is_number(value) else None
    if kind == "age":
        time_ms = time_of(attribute(feature["of"], row))
        return None if time_ms is None else (row["time_ms"] - time_ms) / DAY_MS
    if kind == "text-match":
        asked = words_in(attribute(feature["query"], row))
        known = words_in(attribute(feature["text"], row))
        return len(asked & known) / len(asked) if asked and known else None
    if kind == "relative":
        part, whole = cells[f"f_{feature['of']}"], cells[f"f_{feature['to']}"]
        return part / whole if is_number(part) and is_number(whole) and whole != 0 else None
    if kind == "space-score":
        return space_score(row["vector"], row["items"], row["item"])
    if kind == "content-match":
        return content_match(attribute(feature["query"], row), row["items"], row["item"])
    return values(feature, row)


class Links:
    """The links of a knowledge graph: nodes are ids of entities, and `item:<id>`."""

    def __init__(self, links):
        self.related = {
            (f"item:{name}", links["relations"][relation]): [links["entities"][i] for i in places]
            for name, own in links["items"].items()
            for relation, places in own
        }
        self.nodes = {*links["entities"], *(f"item:{name}" for name in links["items"])}

    def neighbours(self, relations):
        found = {node: set() for node in self.nodes}
        for (node, relation), others in self.related.items():
            if relations is None or relation in relations:
                for other in others:
                    found[node].add(other)
                    found[other].add(node)
        return {node: sorted(own, key=units) for node, own in found.items()}

    def hops(self, last, item, most, relations=None):
        start, end = f"item:{last}", f"item:{item}"
        if not {start, end} <= self.nodes:
            return None
        if start == end:
            return 0
        neighbours, visited, queue = self.neighbours(relations), {start: 0}, [start]
        for node in queue:
            for other in neighbours[node] if visited[node] < most - 1 else ():
                if other not in visited and len(visited) < 10_000:
                    visited[other] = visited[node] + 1
                    queue.append(other)
        return 1 + min([visited[node] for node in neighbours[end] if node in visited], default=most)

    def cell(self, feature, last, item):
        if feature["kind"] == "graph-distance":
            return self.hops(last, item, feature["maxHops"], feature.get("relations"))
        own, others = (
            self.related.get((f"item:{name}", feature["relation"]), []) for name in (item, last)
        )
        if feature["as"] == "shared":
            return len(set(own) & set(others)) / len(own) if own and others else None
        if not {f"item:{item}", f"item:{last}"} <= self.nodes:
            return None
        return int(f"item:{last}" in own)


def product(vector, matrix, row):
    total = 0.0
    for d, value in enumerate(vector):
        total += value * matrix[row * len(vector) + d]
    return total


def space_score(vector, items, item):
    """`vector` is the user's, or None where the user has none."""
    row = items["rows"].get(item)
    if vector is None or row is None:
        return None
    return product(vector, items["out"], row) + items["bias"][row]


def content_match(value, items, item):
    row, size = items["rows"].get(item), items["contentDimensions"]
    if row is None or not any(items["content"][row * size : (row + 1) * size]):
        return None
    vector = text_vector(value, size)
    return None if vector is None else product(vector, items["content"], row)


def slate_cell(feature, own, others):
    if not is_number(own):
        return None
    others = sorted(cell for cell in others if is_number(cell))
    if feature["measure"] == "rank":
        return 1 + sum(other > own for other in others)
    total = 0
    for other in others:
        total += other
    return own - total / len(others)


def slate_cells(features, rows, values):
    slate = [{} for _ in rows]
    for feature in features:
        name = f"f_{feature['name']}"
        if feature["kind"] == "cross":
            continue
        if feature["kind"] == "slate":
            column = [cells[f"f_{feature['of']}"] for cells in slate]
            made = [slate_cell(feature, own, column) for own in column]
        else:
            made = [cell_of(feature, row, cells, values) for row, cells in zip(rows, slate)]
        for cells, cell in zip(slate, made):
            cells[name] = cell
    return slate


# --- vectorization

def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def log_odds(p):
    return math.log(p) - math.log1p(-p)


def values_of(cell):
    return [MISSING] if cell in (None, "") else cell.split(SEPARATOR)


RATES = ("rate", "ratio", "decayed-rate", "affinity")
SCALES = {"recency": 60, "age": 24}


def number_entries(feature, x):
    """(name, value) pairs of a cell that is a number."""
    name, kind = feature["name"], feature["kind"]
    if not is_number(x) or not math.isfinite(x):
        return [(f"{name}={MISSING}", 1)]
    if kind == "graph-distance":
        return [(f"{name}#{x}", 1)]
    if kind in ("text-match", "content-match", "graph-link"):
        return [(f"{name}#{math.floor(10 * x)}", 1)] + ([(name, x)] if x != 0 else [])
    if kind == "relative" and x <= 0:
        return [(f"{name}#none", 1)]
    if kind in RATES or kind in ("relative", "space-score"):
        if kind == "relative":
            distance = math.log(x)
        elif kind == "space-score":
            distance = x
        else:
            distance = log_odds(min(1 - 1e-6, max(1e-6, x))) - log_odds(feature["priorRate"])
        distance = min(4, max(-4, distance))
        middle = [(name, distance / 2)] if distance != 0 else []
        return [(f"{name}#{math.floor(2 * distance)}", 1)] + middle
    size = abs(x * SCALES.get(kind, 1))
    sign = "-" if x < 0 else ""
    bucket = [(f"{name}#{sign}{math.floor(2 * math.log2(1 + size))}", 1)]
    return bucket + ([(name, math.copysign(math.log1p(size), x) / 4)] if size > 0 else [])


def vectorize(features, hash_bits, cells):
    """Entries (slot, value) of a row, the bias first; equal slots stay apart."""
    entries = [(0, 1.0)]

    def emit(name, value):
        entries.append((1 + murmur3(name) % (2**hash_bits - 1), float32(value)))

    for feature in features:
        name, kind = feature["name"], feature["kind"]
        if kind in ("category", "last-value", "last-items"):
            values = values_of(cells[f"f_{name}"])
            for value in values:
                emit(f"{name}={value}", 1 / math.sqrt(len(values)))
        elif kind == "cross":
            left, right = (values_of(cells[f"f_{part}"]) for part in feature["of"])
            for a in left:
                for b in right:
                    emit(f"{name}={a}{SEPARATOR}{b}", 1 / math.sqrt(len(left) * len(right)))
        else:
            for entry in number_entries(feature, cells[f"f_{name}"]):
                emit(*entry)
    return entries


# --- artifacts

def padded(n):
    return -(-n // 8) * 8


def read_artifact(data, magic):
    """Header and sections of model.qmm or items.qms."""
    assert data[:8] == magic, "magic"
    assert hashlib.sha256(data[:-32]).digest() == data[-32:], "checksum"
    version, length = struct.unpack_from("<II", data, 8)
    assert version == 1, f"format version {version}"
    header = json.loads(data[16 : 16 + length])
    sections, at = {}, padded(16 + length)
    for section in header["sections"]:
        types = {"u8": ("B", 1), "u32": ("I", 4), "f32": ("f", 4), "f64": ("d", 8)}
        letter, width = types[section["type"]]
        n = section["length"]
        sections[section["name"]] = struct.unpack_from(f"<{n}{letter}", data, at)
        at += padded(n * width)
    assert at == len(data) - 32, "length"
    return header, sections


def open_items(data):
    """What scores and matches read of items.qms, and its header."""
    header, sections = read_artifact(data, b"QMSPACE\0")
    text, offsets = bytes(sections["ids"]), sections["offsets"]
    ids = [text[offsets[i] : offsets[i + 1]].decode() for i in range(header["count"])]
    alpha = header["popularityWeight"]
    bias = [alpha * math.log1p(degree) for degree in sections["degree"]]
    items = {
        "rows": {name: row for row, name in enumerate(ids)},
        "out": sections["out"],
        "bias": bias,
        "content": () if header.get("hasGivenContent") else sections.get("content", ()),
        "contentDimensions": header["contentDimensions"],
    }
    return header, items


def open_model(data, base=None):
    """(header, weights by slot, factors by slot); a delta's slots replace its base's."""
    header, sections = read_artifact(data, b"QMMODEL\0")
    assert header["deltaOf"] == (base[0]["version"] if base else None), "base"
    weights, factors = (dict(base[1]), dict(base[2])) if base else ({}, {})
    k = header["factors"]
    for i, slot in enumerate(sections["slots"]):
        weights[slot] = sections["weights"][i]
        if k:
            factors[slot] = sections["factors"][i * k : (i + 1) * k]
    return header, weights, factors


def score(model, entries):
    header, weights, factors = model
    logit = sum(weights.get(slot, 0) * value for slot, value in entries)
    zero = (0,) * header["factors"]
    for f in range(header["factors"]):
        products = [factors.get(slot, zero)[f] * value for slot, value in entries[1:]]
        logit += (sum(products) ** 2 - sum(p * p for p in products)) / 2
    return logit


def sigmoid(z):
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


# --- the check

def near(a, b):
    return abs(a - b) <= TOLERANCE * max(1, abs(a), abs(b))


def same(ours, theirs):
    """Numbers within the tolerance: powers differ in their last digit between languages."""
    if is_number(ours) and is_number(theirs):
        return near(ours, theirs)
    return ours == theirs


def shown(state):
    """As the vectors write a state: the sum is text, because it may have more than 64 bits."""
    if isinstance(state, dict) and "sum" in state:
        return {**state, "sum": str(state["sum"])}
    return state


class Checker:
    def __init__(self, folder):
        self.folder = folder
        self.models = {}
        self.items = None
        self.generation = None
        self.graph = None
        self.secret = None

    def murmur3(self, v):
        assert murmur3(v["text"], v["seed"]) == v["hash"]
        assert unit_interval(v["text"], v["seed"]) == v["unitInterval"]

    def key(self, v):
        assert key(*v["of"]) == v["key"]

    def pseudonym(self, v):
        self.secret = v["secret"]
        assert pseudonym(v["secret"], v["scene"], v["raw"]) == v["pseudonym"]

    def canary(self, v):
        assert released_to(v["current"], v["user"]) == v["sequence"]

    def release(self, v):
        assert model_of(v["row"]) == v["model"]

    def series(self, v):
        feature = v["feature"]
        made = series_of(feature) if "windowHours" in feature else []
        assert [one["id"] for one in made] == v["ids"], made

    def block(self, v):
        ahead_ms, runs = open_block(base64.b64decode(v["bytes"]))
        assert ahead_ms == v["aheadMs"]
        buckets = [[hour, shown(state)] for hour, state in buckets_in(runs, v["series"])]
        assert buckets == v["buckets"], buckets

    def window(self, v):
        row, folded = v["row"], v["folded"]
        for series, expected in zip(v["series"], v["states"]):
            window = (v["timeMs"], v["windowHours"], v["isNearLine"])
            state = state_of(row, folded, series, *window)
            assert shown(state) == expected, (series["state"], state)
        assert (attributes(row, folded, v["timeMs"]) or None) == v["attributes"]

    def space(self, v):
        header, self.items = open_items((self.folder / v["file"]).read_bytes())
        assert header["generation"] == v["generation"]
        self.generation = v["generation"]
        assert list(self.items["rows"]) == v["ids"]
        assert all(near(a, b) for a, b in zip(self.items["bias"], v["bias"], strict=True))

    def links(self, v):
        self.graph = Links(v["links"])
        for item, row in zip(v["items"], v["hops"], strict=True):
            hops = [self.graph.hops(other, item, v["maxHops"]) for other in v["items"]]
            assert hops == row, (item, hops)

    def artifact(self, v):
        data = (self.folder / v["file"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == v["sha256"]
        self.models[v["file"]] = open_model(data, self.models[v["base"]] if v["base"] else None)

    def score(self, v):
        model = self.models[v["model"]]
        header, request, folded = model[0], v["request"], v["folded"]
        user = pseudonym(self.secret, header["scene"], request["user"])

        def row_of(entity, name):
            return v["rows"].get(f"{entity}#{name}", {})

        placed = row_of(f"vector#{self.generation}#user", user)
        data = base64.b64decode(placed["in"]) if placed and "isPlaced" not in placed else b""
        vector = struct.unpack(f"<{len(data) // 4}f", data) if data else None

        def row_with(item):
            return {
                "vector": vector,
                "items": self.items,
                "user": user,
                "item": item["item"],
                "time_ms": request["timeMs"],
                "context": request.get("context", {}),
                "position": item.get("position"),
                "release": header["version"],
                "user_attributes": attributes(row_of("user", user), folded, request["timeMs"]),
                "item_attributes": attributes(
                    row_of("item", item["item"]), folded, request["timeMs"]
                ),
            }

        def counted(feature, row):
            entity = feature.get("entity", "user")
            ids = entity_ids(entity, row)
            if not ids:
                return None
            window = (row["time_ms"], feature["windowHours"], feature.get("nearLine", True))
            states, buckets = [], []
            for series in series_of(feature):
                rows = [row_of(entity, name) for name in ids]
                hours = {}
                for one in rows:
                    for hour, state in buckets_of(one, folded, series, *window).items():
                        hours[hour] = merge(series, hours[hour], state) if hour in hours else state
                buckets.append(hours)
                states.append(merge_all(series, hours.values()))
            if feature["kind"] in LINKED:
                last = states[0]
                return last and self.graph.cell(feature, last["text"], row["item"])
            return counted_cell(feature, row, states, buckets)

        features = header["features"]
        slate = slate_cells(features, [row_with(item) for item in request["items"]], counted)
        assert len(slate) == len(v["items"])
        for cells, expected in zip(slate, v["items"]):
            assert cells.keys() == expected["cells"].keys()
            for name, cell in cells.items():
                assert same(cell, expected["cells"][name]), (name, cell, expected["cells"][name])
            entries = vectorize(features, header["hashBits"], expected["cells"])
            assert len(entries) == len(expected["entries"])
            for ours, theirs in zip(entries, expected["entries"]):
                assert ours[0] == theirs[0] and near(ours[1], theirs[1]), (ours, theirs)
            logit = score(model, entries)
            assert near(logit, expected["logit"]), logit
            assert near(sigmoid(logit), expected["probability"])


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    checker = Checker(folder)
    checked = {}
    with open(folder / "vectors.jsonl", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            vector = json.loads(line)
            name = vector["vector"]
            try:
                getattr(checker, name)(vector)
            except AssertionError as difference:
                print(f"vectors.jsonl:{number}: {name} differs: {difference}\n{line}")
                return 1
            checked[name] = checked.get(name, 0) + 1
    print(" ".join(f"{n} {name}" for name, n in checked.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
