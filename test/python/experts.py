"""Free energies of the families for numbers and sequences, in nats, by definition and in double precision.

`member` is a member of a model file: its options, fields, and tensors under their names without the prefix. Every function
takes a complete row.
"""
import numpy as np


def softplus(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def parameter(member, name):
    return member[f'product.{name}'].astype(float)


def energy_of_gaussian(member, row):
    """F = ½ Σ_m |A_m (v − μ_m)|², the diagonal expert among them."""
    means = parameter(member, 'experts.means')
    experts, width = means.shape
    roots = parameter(member, 'experts.roots').reshape(width, experts, -1)
    base = parameter(member, 'base.roots') * (row - parameter(member, 'base.means'))
    squares = (base ** 2).sum()
    for m in range(experts):
        squares += ((row - means[m]) @ roots[:, m, :]) ** 2 @ np.ones(roots.shape[2])
    return squares / 2


def energy_of_mixture(member, row):
    """F = −Σ_m log Σ_k α_mk N(v; μ_mk, diag σ²_mk)."""
    experts, components = (int(member['options'][name]) for name in ('experts', 'components'))
    shape = (experts, components, len(row))
    means, roots = (parameter(member, f'experts.{name}').reshape(shape) for name in ('means', 'roots'))
    logits = parameter(member, 'experts.logits').reshape(experts, components)
    shares = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    squares = (((row - means) * roots) ** 2 - 2 * np.log(roots) + np.log(2 * np.pi)).sum(axis=2)
    return -np.logaddexp.reduce(shares - squares / 2, axis=1).sum()


def energy_of_student(member, row):
    """F = Σ_j a_j log(1 + ½ (J_j·(v − c))²) + ½ Σ_i ε_i (v_i − c_i)²."""
    x = row - parameter(member, 'location')
    z = parameter(member, 'experts.j') @ x
    experts = np.exp(parameter(member, 'experts.logExponent')) * np.log1p(z ** 2 / 2)
    return experts.sum() + parameter(member, 'precision') @ x ** 2 / 2


def energy_on_a_box(member, row):
    """F = Σ_m log(1 + e^η) − log(1 + e^a), a = η + log N(v; μ, λλᵀ + diag ψ) + log V; a toll beyond the walls."""
    low, high, unit = parameter(member, 'box')
    inside = np.clip(row, low, high)
    toll = np.log1p(np.abs(row - inside) / unit).sum()
    means, log_variances = parameter(member, 'experts.mean'), parameter(member, 'experts.logVariance')
    y, precisions = inside - means, np.exp(-log_variances)
    log_normal = -0.5 * (np.log(2 * np.pi) + log_variances + y ** 2 * precisions).sum(axis=1)
    if 'product.experts.loading' in member:
        loadings = parameter(member, 'experts.loading')
        s = 1 + (loadings ** 2 * precisions).sum(axis=1)
        t = (loadings * y * precisions).sum(axis=1)
        log_normal += 0.5 * (t ** 2 / s - np.log(s))
    gates = parameter(member, 'experts.gate')
    activations = gates + log_normal + np.log(high - low).sum()
    return (softplus(gates) - softplus(activations)).sum() + len(gates) * toll


def windows_of(fields):
    """Kind, first value and number of values: numbers side by side are one window, every text is one of its own."""
    windows, at = [], 0
    for field in fields:
        if field['encoding'] == 'words':
            windows.append(['words', at, 64])
        elif windows and windows[-1][0] == 'real':
            windows[-1][2] += 1
        else:
            windows.append(['real', at, 1])
        at += 64 if field['encoding'] == 'words' else 1
    return windows


def log_forward(initial, transition, emission):
    """log p of a sequence by one model; `emission` has log b_k(o_t) of every step, (T, K)."""
    forward = initial + emission[0]
    for step in emission[1:]:
        forward = np.logaddexp.reduce(forward[:, None] + transition, axis=0) + step
    return np.logaddexp.reduce(forward)


def energy_of_hmm(member, row):
    """F = −Σ_m log p_m(o), less what is usual for the number of symbols where there are texts; one channel."""
    states = int(member['options']['states'])
    initial, transition = parameter(member, 'experts.initial'), parameter(member, 'experts.transition')
    experts = initial.shape[1]
    energy, symbols, words_at, numbers_at = 0.0, 0, 0, 0
    windows = windows_of(member['fields'])
    sizes = [field['state']['size'] for field in member['fields'] if field['encoding'] == 'words']
    for w, (kind, first, count) in enumerate(windows):
        values = row[first:first + count]
        if kind == 'words':
            values = values[~np.isnan(values)].astype(int)
            symbols += len(values)
            table = parameter(member, 'experts.emission').reshape(-1, states, experts)[words_at:]
            emission = table[values]
            words_at += sizes.pop(0)
        else:
            mean = parameter(member, 'experts.mean').reshape(-1, states, experts)[numbers_at]
            spread = parameter(member, 'experts.logVariance').reshape(-1, states, experts)[numbers_at]
            emission = -0.5 * ((values[:, None, None] - mean) ** 2 * np.exp(-spread) + spread + np.log(2 * np.pi))
            numbers_at += 1
        for m in range(experts):
            own = transition.reshape(-1, states, states, experts)[w, :, :, m]
            energy -= log_forward(initial.reshape(-1, states, experts)[w, :, m], own, emission[:, :, m])
    if not any(kind == 'words' for kind, _, _ in windows):
        return energy
    _, _, _, mean_length, mean_energy, variance, covariance = member['product.counters']
    return energy - mean_energy - covariance / (variance + 0.1) * (symbols - mean_length)


ENERGIES = {
    'gaussian': energy_of_gaussian,
    'hmm': energy_of_hmm,
    'mixture': energy_of_mixture,
    'student': energy_of_student,
    'unifac': energy_on_a_box,
    'unigauss': energy_on_a_box,
}
