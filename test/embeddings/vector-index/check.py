"""Reads a vector index as LAYOUT.md describes it, and searches it: check.py FILE [[K, QUERY], ...]."""
import hashlib
import json
import math
import struct
import sys

FORMATS = {'u8': 'B', 'u32': 'I', 'f32': 'f', 'f64': 'd'}


def padded(count):
    return -(-count // 8) * 8


def read_index(data):
    assert data[:8] == b'QMVECTR\0'
    version, length = struct.unpack('<II', data[8:16])
    assert version == 1
    assert hashlib.sha256(data[:-32]).digest() == data[-32:]
    header, at, sections = json.loads(data[16 : 16 + length]), padded(16 + length), {}
    for section in header['sections']:
        form = f"<{section['length']}{FORMATS[section['type']]}"
        sections[section['name']] = struct.unpack_from(form, data, at)
        at += padded(struct.calcsize(form))
    assert at == len(data) - 32
    return header, sections


def row(numbers, width, number):
    return numbers[number * width : (number + 1) * width]


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def visits(header, k):
    steps = header['visits']
    if k <= steps[0]['depth']:
        return steps[0]['cells']
    for low, high in zip(steps, steps[1:]):
        if k <= high['depth']:
            share = (k - low['depth']) / (high['depth'] - low['depth'])
            return math.ceil(low['cells'] + share * (high['cells'] - low['cells']))
    return math.ceil(steps[-1]['cells'] * k / steps[-1]['depth'])


def id_at(sections, place):
    start, end = sections['offsets'][place : place + 2]
    return bytes(sections['ids'][start:end]).decode()


def search(header, sections, query, k):
    dimensions, is_cosine = header['dimensions'], header['metric'] == 'cosine'
    length = math.sqrt(dot(query, query))
    if is_cosine and length == 0:
        return []
    query = [x / length for x in query] if is_cosine else query
    for_cells = query if is_cosine else [*query, 1, 0]
    centroids, starts = sections['centroids'], sections['starts']
    nearness = [dot(for_cells, row(centroids, len(for_cells), j)) for j in range(header['cells'])]
    seen, least = [], visits(header, k)
    for visited, cell in enumerate(sorted(range(header['cells']), key=lambda j: (-nearness[j], j))):
        if visited >= least and len(seen) >= k:
            break
        for number in range(starts[cell], starts[cell + 1]):
            score = dot(query, row(sections['vectors'], dimensions, number))
            score += 0 if is_cosine else sections['bias'][number]
            seen.append((-score, sections['places'][number]))
    return [{'id': id_at(sections, place), 'score': -less} for less, place in sorted(seen)[:k]]


def main(path, searches):
    header, sections = read_index(open(path, 'rb').read())
    return {
        'ids': [id_at(sections, place) for place in range(header['count'])],
        'found': [search(header, sections, query, k) for k, query in json.loads(searches)],
    }


if __name__ == '__main__':
    print(json.dumps(main(*sys.argv[1:3])))
