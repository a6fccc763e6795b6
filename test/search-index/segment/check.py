"""Reads a segment as functions/search-index/LAYOUT.md says, and prints all that is in it as JSON.

Usage: check.py INDEX DOCUMENTS DELETIONS. Python has no brotli: blocks of stored texts are only checked.
"""

import hashlib
import json
import struct
import sys


class Bits:
    def __init__(self, data, start=0):
        self.data, self.bit = data, 8 * start

    def take(self, width):
        value = 0
        for place in range(width):
            at = self.bit + place
            value |= (self.data[at >> 3] >> (at & 7) & 1) << place
        self.bit += width
        return value

    def align(self):
        self.bit = (self.bit + 7) // 8 * 8

    def bytes(self, count):
        start = self.bit // 8
        self.bit += 8 * count
        return self.data[start : start + count]

    def u(self):
        value = shift = 0
        while True:
            byte = self.take(8)
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def s(self):
        value = self.u()
        return -(value + 1) // 2 if value % 2 else value // 2

    def column(self, rows):
        width, least = self.take(8), self.s()
        values = [least + self.take(width) for _ in range(rows)]
        self.align()
        return values

    def run(self, count, usual=0):
        if count == 0:
            return []
        split = self.take(6) if self.take(1) else usual
        width = split & 31
        values = [self.take(width) for _ in range(count)]
        if split >= 32:
            for place in range(count):
                while self.take(1) == 0:
                    values[place] += 1 << width
        return values

    def keys(self, after=lambda place: None):
        """The keys, and what `after` reads behind each."""
        count = self.u()
        alphabet = self.bytes(self.u())
        self.column((count + 15) // 16)
        end = self.u()
        end += self.bit // 8
        found, key = [], b''
        for place in range(count):
            byte = self.take(8)
            shared, own = byte >> 4, byte & 15
            shared += self.u() if shared == 15 else 0
            own += self.u() if own == 15 else 0
            if alphabet:
                width = (len(alphabet) - 1).bit_length()
                key = key[:shared] + bytes(alphabet[self.take(width)] for _ in range(own))
                self.align()
            else:
                key = key[:shared] + self.bytes(own)
            found.append((key, after(place)))
        assert self.bit == 8 * end, 'bytes of all blocks'
        return found

    def texts(self):
        return [key.decode() for key, _ in self.keys()]

    def set(self):
        members, last, left = [], -1, self.u()
        while left > 0:
            for gap in self.run(min(left, 128)):
                last += gap + 1
                members.append(last)
            left -= 128
        self.align()
        return members


def checksum(data):
    return hashlib.sha256(data).digest()[:16]


def gaps(count, n):
    return 32 + max(0, (count // n).bit_length() - 1)


def docs_of(values, last=-1):
    docs = []
    for gap in values:
        last += gap + 1
        docs.append(last)
    return docs


def positions_of(values, frequencies):
    values, found = iter(values), []
    for frequency in frequencies:
        last, own = 0, []
        for _ in range(frequency):
            last += next(values)
            own.append(last)
        found.append(own)
    return found


def read_list(postings, positions, entry, count, usual):
    n, postings_at, positions_at = entry
    stream = Bits(postings, postings_at)
    if n <= 128:
        docs = docs_of(stream.run(n, gaps(count, n)))
        frequencies = [1 + less for less in stream.run(n)]
        return list(zip(docs, positions_of(stream.run(sum(frequencies), usual), frequencies)))
    blocks = -(-n // 128)
    lasts = docs_of(stream.run(blocks))
    sizes, most = stream.run(blocks), [1 + less for less in stream.run(blocks)]
    norms = stream.run(blocks)
    stream.align()
    start = stream.bit // 8
    other = Bits(positions, positions_at)
    other_sizes = other.run(blocks)
    other.align()
    other_start, found = other.bit // 8, []
    for block in range(blocks):
        size = min(128, n - 128 * block)
        stream = Bits(postings, start)
        docs = docs_of(stream.run(size), lasts[block - 1] if block else -1)
        frequencies = [1 + less for less in stream.run(size)]
        gaps_here = Bits(positions, other_start).run(sum(frequencies), usual)
        assert docs[-1] == lasts[block] and max(frequencies) == most[block]
        found += zip(docs, positions_of(gaps_here, frequencies), [norms[block]] * size)
        start += sizes[block]
        other_start += other_sizes[block]
    return found


def read_lists(sections, header):
    """By field, its terms in order with their documents and positions."""
    stream, at = Bits(sections['dictionary']), [0, 0]

    def after(place):
        if place % 16 == 0:
            at[:] = stream.u(), stream.u()
        docs, entry = stream.u(), list(at)
        at[0] += stream.u()
        at[1] += stream.u() if docs > 128 else 0
        return docs, *entry

    lists, count = [[] for _ in header['shape']['fields']], header['count']
    for key, entry in stream.keys(after):
        totals = header['totals'][key[0]]
        mean = totals['tokens'] // totals['docs'] // 4 if totals['docs'] else 0
        usual = 32 + mean.bit_length()
        found = read_list(sections['postings'], sections['positions'], entry, count, usual)
        norms = sections['norms'][key[0] * count :]
        assert all(norms[posting[0]] >= posting[2] for posting in found if len(posting) > 2)
        lists[key[0]].append([key[1:].decode(), [list(posting[:2]) for posting in found]])
    return lists


def read_filter(stream, count):
    values = stream.texts()
    if stream.take(8) == 0:
        own = [[] if value == 0 else [value - 1] for value in stream.column(count)]
    else:
        total, counts = stream.u(), stream.column(count)
        starts, flat = stream.column((count + 15) // 16), stream.column(total)
        own, at = [], 0
        for doc in range(count):
            assert doc % 16 or starts[doc // 16] == at
            own.append(flat[at : at + counts[doc]])
            at += counts[doc]
    sizes, ends = stream.column(len(values)), stream.column(len(values))
    runs = stream.bytes(stream.u())
    for ordinal, size in enumerate(sizes):
        run = Bits(runs, ends[ordinal - 1] if ordinal else 0)
        docs = docs_of(run.run(size, gaps(count, size)))
        assert docs == [doc for doc in range(count) if ordinal in own[doc]]
    return [[values[ordinal] for ordinal in ordinals] for ordinals in own]


def read_number(stream, count):
    places = stream.take(8)
    if places == 255:
        values = struct.unpack(f'<{count}d', stream.bytes(8 * count))
        return [None if value != value else value for value in values]
    least, step = stream.s(), stream.s()
    return [
        None if value == 0 else (least + (value - 1) * step) / 10**places
        for value in stream.column(count)
    ]


def byte4_to_int(norm):
    if norm < 24:
        return norm
    shift, low = ((norm - 24) >> 3) - 1, (norm - 24) & 7
    return 24 + (low if shift < 0 else (low | 8) << shift)


def read_index(data):
    assert data[:8] == b'QMSEGM01' and data[-8:] == b'QMSEGEND'
    version, length = struct.unpack('<II', data[8:16])
    assert version == 1 and checksum(data[:16] + data[32 : 32 + length]) == data[16:32]
    header, at, sections = json.loads(data[32 : 32 + length]), 32 + length, {}
    for section in header['sections']:
        own = data[at : at + section['bytes']]
        assert checksum(own).hex() == section['checksum'], section['name']
        sections[section['name']] = own
        at += section['bytes']
    assert at + 8 == len(data)
    return header, sections


def check_stored(section, documents):
    stream = Bits(section)
    blocks = stream.u()
    stream.column(blocks)
    start = 0
    for end in stream.column(blocks):
        assert checksum(documents[start:end])[:8] == stream.bytes(8)
        start = end
    assert start == len(documents)


def check_pages(index, header, pages):
    at, ranges = 32 + struct.unpack('<I', index[12:16])[0], {}
    for section in header['sections']:
        ranges[section['name']] = at, at + section['bytes']
        at += section['bytes']
    start, end, sums = ranges['postings'][0], ranges['positions'][1], pages[28:]
    assert pages[:12] == b'QMPAGE01\x01\0\0\0' and checksum(sums) == pages[12:28]
    own = b''.join(checksum(index[page : min(page + 960, end)])[:8] for page in range(start, end, 960))
    assert own == sums


def main(index, documents, deletions, pages):
    header, sections = read_index(index)
    check_pages(index, header, pages)
    count, shape = header['count'], header['shape']
    versions = Bits(sections['versions'])
    drops = versions.texts()
    earliest, *columns = [versions.column(rows) for rows in (len(drops), count, count, count)]
    lengths, filters, numbers = (Bits(sections[name]) for name in ('lengths', 'filters', 'numbers'))
    above = [lengths.column(count) for _ in shape['fields']]
    norms = sections['norms']
    check_stored(sections['stored'], documents)
    assert deletions[:12] == b'QMBITS01\x01\0\0\0' and checksum(deletions[28:]) == deletions[12:28]
    deleted = Bits(deletions, 28)
    assert deleted.u() == count
    return {
        'ids': Bits(sections['ids']).texts(),
        'versions': [
            {'knowableMs': earliest[drop] + time, 'drop': drops[drop], 'row': row}
            for drop, time, row in zip(*columns)
        ],
        'gone': Bits(sections['gone']).set(),
        'lengths': [
            [byte4_to_int(norms[field * count + doc]) + more for doc, more in enumerate(own)]
            for field, own in enumerate(above)
        ],
        'filters': [read_filter(filters, count) for _ in shape['filters']],
        'numbers': [read_number(numbers, count) for _ in shape['numbers']],
        'lists': read_lists(sections, header),
        'deleted': deleted.set(),
    }


if __name__ == '__main__':
    print(json.dumps(main(*(open(path, 'rb').read() for path in sys.argv[1:5]))))
