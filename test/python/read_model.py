"""Reads model files of Veto with numpy alone, after docs/file-format.md, and computes what Veto says from them.

    python3 test/python/read_model.py FOLDER

FOLDER is what `test/python/models.ts` has written. No code is shared with Veto: every formula is written out in double
precision. Ends in a line "N passed, N failed".
"""
import json
import math
import struct
import sys
from pathlib import Path

import numpy as np

import experts
from experts import softplus

DTYPES = {'F64': '<f8', 'F32': '<f4', 'I32': '<i4', 'U32': '<u4', 'U8': '<u1'}

passed = failed = 0


def check(name, fine, told=''):
    global passed, failed
    if fine:
        passed += 1
    else:
        failed += 1
    print('ok    ' if fine else 'FAILED', name, told)


def check_near(name, got, expected):
    """Sums of some tens of single-precision numbers of some tens of nats: 24 bits, and some roundings."""
    got, expected = np.asarray(got, dtype=float), np.asarray(expected, dtype=float)
    worst = float(np.max(np.abs(got - expected) / (1 + np.abs(expected))))
    check(name, worst < 5e-6, f'off by at most {worst:.1e}, {got.size} values')


# The file.

def read(data):
    """Metadata and tensors of a file."""
    (length,) = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + length].decode('utf-8'))
    body = data[8 + length:]
    metadata = header.pop('__metadata__')
    tensors = {}
    for name, entry in header.items():
        begin, end = entry['data_offsets']
        tensors[name] = np.frombuffer(body[begin:end], DTYPES[entry['dtype']]).reshape(entry['shape'])
    return metadata, tensors


def checksum(metadata, tensors):
    """FNV-1a over the words of the texts, then of the tensors, both in the order of their names."""
    parts = [f'{name}={metadata[name]}\n'.encode() for name in sorted(metadata, key=utf16) if name != 'checksum']
    for name in sorted(tensors, key=utf16):
        shape = ','.join(str(size) for size in tensors[name].shape)
        parts += [f'{name}[{shape}]\n'.encode(), tensors[name].tobytes()]
    value = 0x811C9DC5
    for part in parts:
        whole = len(part) & ~3
        for word in struct.unpack(f'<{whole // 4}I', part[:whole]):
            value = (value ^ word) * 0x01000193 & 0xFFFFFFFF
            value ^= value >> 15
        for byte in part[whole:]:
            value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return f'words-{value:08x}'


def utf16(name):
    """The order of names is that of their UTF-16 units."""
    return name.encode('utf-16-be')


# Encoders: a value, and where it stands in the row of a family.

def bucket_of(text, count):
    value = 0x811C9DC5
    units = text.encode('utf-16-le')
    for at in range(0, len(units), 2):
        value = (value ^ (units[at] | units[at + 1] << 8)) * 0x01000193 & 0xFFFFFFFF
    return (value ^ value >> 16) % count


def text_of(value):
    return ('true' if value else 'false') if isinstance(value, bool) else str(value)


def encode_bins(state, value):
    """Shares of eight states, and what the distance beyond the outer ones costs, in nats."""
    place = (value - state['low']) / state['width'] + 1
    inside = min(max(place, 0), 7)
    lower = min(int(inside), 6)
    row = np.zeros(8)
    row[lower], row[lower + 1] = 1 - (inside - lower), inside - lower
    beyond = max(-place, place - 7, 0)
    return row, 4 * np.log1p(beyond)


KNOWN = {'bins', 'one-hot', 'index', 'real', 'bit'}


def encode_field(field, value):
    """The values of a field in the row, and its tail."""
    state = field['state']
    if field['encoding'] == 'bins':
        return encode_bins(state, value)
    if field['encoding'] == 'one-hot':
        row = np.zeros(state['size'])
        row[1 + state['values'].index(text_of(value)) if text_of(value) in state['values'] else 0] = 1
        return row, 0.0
    if field['encoding'] == 'index':
        name = text_of(value)
        known = name in state['values']
        return [state['buckets'] + state['values'].index(name) if known else bucket_of(name, state['buckets'])], 0.0
    if field['encoding'] == 'real':
        return [(float(value) - state['origin']) / state['unit']], 0.0
    if field['encoding'] == 'bit':
        return [float(value)], 0.0
    raise ValueError(field['encoding'])


def encode(fields, record):
    parts = [encode_field(field, record[field['name']]) for field in fields]
    return np.concatenate([np.asarray(values, dtype=float) for values, _ in parts]), sum(tail for _, tail in parts)


# Free energies, in nats.

def energy_of_rbm(member, row):
    """F = −b·x − Σ_j log(1 + exp(c_j + W_j·x)); real units have x = v / σ² and (v − b)² / 2σ² in place of −b·v."""
    w, b, c = (member[f'product.experts.{name}'].astype(float) for name in 'wbc')
    variance = np.ones(len(row))
    energy, at = 0.0, 0
    for field in member['fields']:
        size = len(encode_bins({'low': 0, 'width': 1}, 0)[0]) if field['encoding'] == 'bins' else field['state'].get('size', 1)
        if field['encoding'] == 'real':
            variance[at] = np.exp(member['product.experts.logVariance'][at])
            energy += (row[at] - b[at]) ** 2 / (2 * variance[at])
        elif field['encoding'] == 'count':
            trials = field['state']['size']
            energy -= b[at] * row[at] + log_ways(trials, row[at])
            size = 1
        else:
            energy -= b[at:at + size] @ row[at:at + size]
        at += size
    return energy - softplus(c + w @ (row / variance)).sum()


def log_ways(trials, count):
    """log of the number of ways to choose `count` of `trials`."""
    return math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)


STATES = {'hour': 24, 'weekday': 7, 'bit': 2}


def energy_of_frequency(member, row):
    """F = −Σ_f log (n_v + ½) / (n + ½ S)."""
    counts, energy, at = member['product.experts.counts'], 0.0, 0
    for field, total, value in zip(member['fields'], member['product.experts.totals'], row):
        states = field['state'].get('size') or STATES[field['encoding']]
        if not np.isnan(value):
            energy -= np.log((counts[at + int(value)] + 0.5) / (total + 0.5 * states))
        at += states
    return energy


def energy_of_prototype(member, row):
    """The mean over experts of ½ log(ε + min_j Σ_f ρ(|x_f − μ_jf| / s_f)), ρ(a) = b (2a − b), b = min(a, 2)."""
    options = member['options']
    scales = member['product.scales'].astype(float)
    views, width = scales.shape
    experts = int(options['experts'])
    centres = member['product.experts.centres'].astype(float)
    looked = centres.shape[0] // experts
    terms = []
    for e, count in enumerate(member['product.experts.counts']):
        if count == 0:
            continue
        fields = member['product.experts.fields'][e] if 'product.experts.fields' in member else np.arange(width)
        a = np.abs(row[fields, None] - centres[e * looked:(e + 1) * looked, :count]) * scales[e % views][fields, None]
        b = np.minimum(a, 2)
        distance = (b * (2 * a - b)).sum(axis=0).min()
        terms.append(0.5 * np.log(1e-6 * looked + distance))
    return np.mean(terms)


def counts_of(tree):
    """Node i, from 1, holds the sum of the counts in (i − lowbit(i), i]."""
    sums = np.zeros(len(tree) + 1)
    for i in range(1, len(tree) + 1):
        sums[i] = tree[i - 1] + sums[i - (i & -i)]
    return np.diff(sums)


def energy_of_tokens(member, row):
    """F less what is usual for the length, of one field: −Σ_t (log p0 + d) − Σ_j log(1 + exp(n c_j + Σ_t W_tj))."""
    learned, scale, mean_length, mean_energy, variance, covariance = member['product.counters']
    tokens = row[~np.isnan(row)].astype(int)
    counts = counts_of(member['product.base.tree'])
    base = np.log((counts[tokens] + 0.5) / (counts.sum() + 0.5 * len(counts)))
    w = scale * member['product.experts.w'].astype(float)[tokens].sum(axis=0)
    n = len(tokens)
    raw = -(base + member['product.experts.d'].astype(float)[tokens]).sum()
    raw -= softplus(n * member['product.experts.c'].astype(float) + w).sum()
    return raw - mean_energy - covariance / (variance + 0.1) * (n - mean_length)


def energy_of_sparse(member, row):
    """F = −Σ b_k − Σ_j log(1 + exp(c_j + Σ W_kj)) over the units k that are on: a state of each field, or its tokens."""
    scale = member['product.counters'][1]
    on, at, first = [], 0, 0
    for field in member['fields']:
        size = field['state'].get('size') or STATES[field['encoding']]
        values = row[at:at + (64 if field['encoding'] == 'tokens' else 1)]
        on.extend(first + int(value) for value in values if not np.isnan(value))
        at += len(values)
        first += size
    w = scale * member['product.experts.w'].astype(float)[on].sum(axis=0)
    bias = member['product.experts.b'].astype(float)[on].sum()
    return -bias - softplus(member['product.experts.c'].astype(float) + w).sum()


ENERGIES = {
    'rbm': energy_of_rbm,
    'frequency': energy_of_frequency,
    'prototype': energy_of_prototype,
    'tokens': energy_of_tokens,
    'sparse': energy_of_sparse,
    **experts.ENERGIES,
}


def members_of(metadata, tensors):
    """Each member with its tensors under their names without the prefix."""
    members = json.loads(metadata['members'])
    for index, member in enumerate(members):
        prefix = f'members.{index}.'
        member.update({name[len(prefix):]: tensor for name, tensor in tensors.items() if name.startswith(prefix)})
    return members


def score_of(members, record):
    """Σ weight · (F + tail − what is usual): of the reservoir, or of past energies."""
    score = 0.0
    for member in members:
        row, tail = encode(member['fields'], record)
        if 'reference.energies' in member:
            usual = member['reference.energies'].mean()
        else:
            usual = member['moments'][1]
        score += member['weight'] * (ENERGIES[member['family']](member, row) + tail - usual)
    return score


# The checks.

def check_file(name, data, metadata, tensors, expected):
    (length,) = struct.unpack('<Q', data[:8])
    check(f'{name}: tensors begin at a multiple of 8', (8 + length) % 8 == 0)
    check(f'{name}: format and version', (metadata['format'], metadata['version']) == ('veto', '4'))
    check(f'{name}: records learned', int(metadata['learned']) == expected['learned'])
    check(f'{name}: position', json.loads(metadata['position']) == expected['position'])
    check(f'{name}: checksum', metadata['checksum'] == checksum(metadata, tensors), metadata['checksum'])
    damaged = bytearray(data)
    damaged[len(data) // 2 + (8 + length) // 2] ^= 1
    check(f'{name}: checksum of a damaged copy', metadata['checksum'] != checksum(*read(bytes(damaged))))
    numbers = [tensor for name, tensor in tensors.items() if tensor.dtype.kind == 'f' and 'reference.rows' not in name]
    check(f'{name}: all numbers are finite', all(np.isfinite(tensor).all() for tensor in numbers))


def check_members(name, members, expected):
    for member, energies in zip(members, expected['energies'], strict=True):
        family = member['family']
        rows = [np.array([np.nan if value is None else value for value in each['row']]) for each in energies]
        got = [ENERGIES[family](member, row) for row in rows]
        check_near(f'{name}: free energies by {family}', got, [each['energy'] for each in energies])
        if 'reference.rows' in member:
            # The one that was scored last has the energy that it has by the parameters of the file.
            last = int(member['reference.counters'][1])
            got = ENERGIES[family](member, member['reference.rows'][last].astype(float)) + member['reference.tails'][last]
            check_near(f'{name}: the row of the reference of {family} that was scored last', got, member['reference.energies'][last])


def main(folder):
    for path in sorted(folder.glob('*.veto')):
        data = path.read_bytes()
        expected = json.loads(path.with_suffix('.json').read_text('utf-8'))
        metadata, tensors = read(data)
        members = members_of(metadata, tensors)
        check_file(path.stem, data, metadata, tensors, expected)
        check_members(path.stem, members, expected)
        if all(field['encoding'] in KNOWN for member in members for field in member['fields']):
            scores = [score_of(members, record) for record in expected['records']]
            check_near(f'{path.stem}: scores of records', scores, expected['scores'])
    print(f'{passed} passed, {failed} failed')
    return 1 if failed or not passed else 0


if __name__ == '__main__':
    sys.exit(main(Path(sys.argv[1])))
