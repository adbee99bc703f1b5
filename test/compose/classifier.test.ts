/** Classifiers: what labels calibrate, what is rejected, and that stopping is like not stopping. */
import { from, toArray } from 'rxjs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { pictures } from '../../fixtures/pictures.ts'
import { uniforms } from '../../fixtures/random.ts'
import { Classifier, type Prediction } from '../../pipeline/compose/classifier.ts'
import type { ClassifierOptions, Label } from '../../pipeline/compose/classifier-options.ts'
import { Folds } from '../../pipeline/compose/folds.ts'
import { Margins } from '../../pipeline/compose/margins.ts'
import { SortedNumbers } from '../../pipeline/compose/sorted-numbers.ts'
import { fewestErrors, ThresholdCalibration } from '../../pipeline/compose/threshold-calibration.ts'
import { ModelFileError } from '../../pipeline/errors.ts'
import type { VisibleGroup } from '../../pipeline/experts/product.ts'
import { classify } from '../../pipeline/operators/classify.ts'
import { readSafetensors, writeSafetensors } from '../../pipeline/state/safetensors.ts'

const D = 16
const visible: VisibleGroup[] = [{ kind: 'bernoulli', size: D }]

const architecture = (...hidden: number[]) => ({
  layers: hidden.map(size => ({ hidden: size, persistentChains: 0, learningRate: 0.1 })),
  initialRows: 30,
})
const options: ClassifierOptions = { stacks: [architecture(12, 8), architecture(8, 6)] }
// Each class has its own number of pixels that are on, and so its own partition function.
const train = pictures<Label>(2400, 1)
const held = pictures<Label>(400, 2)
const fresh = pictures<Label>(600, 3)

const trained = (more: Partial<ClassifierOptions> = {}): Classifier => {
  const classifier = new Classifier(visible, { ...options, ...more })
  classifier.learnMany(train.rows, train.labels)
  return classifier
}
const shared = trained()
const calibratedFile = (() => {
  const classifier = Classifier.load(shared.save())
  classifier.calibrate(held.rows, held.labels)
  return classifier.save()
})()
const calibrated = Classifier.load(calibratedFile)

interface Told {
  readonly label: Label
  readonly told: Label
  readonly margin: number
  readonly rejected: boolean
}

const predictionsOf = (classifier: Classifier, { labels, at } = fresh): Told[] =>
  labels.map((label, n) => {
    const { label: told, margin, rejected } = classifier.predictOne(at(n))
    return { label, told, margin, rejected }
  })
const errorOf = (all: readonly Told[]) => all.filter(({ label, told }) => label !== told).length / all.length
const isRefusal = (error: unknown) => error instanceof ModelFileError

test('calibration beats scores that are compared as they are', () => {
  const [raw, error] = [shared, calibrated].map(each => errorOf(predictionsOf(each)))
  // Blank and full pictures are of all classes. Twenty errors of 600 are four deviations of how the two differ.
  assert.ok(error < raw - 0.035, `${error} after calibration, ${raw} before`)
})

test('probabilities are those of classes, and the margin is the log-odds of the two likeliest', () => {
  const { classes } = calibrated
  let said = 0
  for (const [n, label] of fresh.labels.entries()) {
    const { label: told, probabilities, margin } = calibrated.predictOne(fresh.at(n))
    const [first, second] = probabilities.toSorted((a, b) => b - a)
    assert.ok(Math.abs(probabilities.reduce((sum, p) => sum + p, 0) - 1) < 1e-12)
    assert.is(probabilities[classes.indexOf(told)], first)
    assert.ok(Math.abs(Math.log(first / second) - margin) < 1e-9 * Math.max(1, margin))
    said -= Math.log(probabilities[classes.indexOf(label)]) / fresh.labels.length
  }
  // They are honest: fewer nats than one class in three has.
  assert.ok(said < 0.6, `cross-entropy ${said}`)
})

test('rejecting the least certain reduces errors, and rejects about the share that is asked for', () => {
  const file = readSafetensors(calibratedFile)
  const described = { ...JSON.parse(file.metadata.described), rejects: 0.2 }
  const { checksum: _, ...metadata } = file.metadata
  const rejecting = Classifier.load(
    writeSafetensors(file.tensors, { ...metadata, described: JSON.stringify(described) }),
  )
  const all = predictionsOf(rejecting)
  const kept = all.filter(({ rejected }) => !rejected)
  const share = 1 - kept.length / all.length
  // Four deviations of 600 draws around 0.2, and as many again for the 400 that the margin is from.
  assert.ok(Math.abs(share - 0.2) < 0.15, `${share} rejected`)
  assert.ok(errorOf(kept) < 0.7 * errorOf(all), `${errorOf(kept)} of ${errorOf(all)}`)
  assert.ok(kept.every(({ margin }) => margin >= rejecting.marginOfShare(0.2)))
  assert.is(rejecting.marginOfShare(0), Number.NEGATIVE_INFINITY)
  assert.not(predictionsOf(calibrated).some(({ rejected }) => rejected))
})

test('two classes are told apart by one number, the difference of their log partition functions', () => {
  const names = ['down', 'cross']
  const two = {
    train: pictures(1500, 4, names),
    held: pictures(300, 5, names),
    fresh: pictures(400, 6, names),
  }
  const classifier = new Classifier(visible, { ...options, calibration: 'threshold', classes: names })
  classifier.learnMany(two.train.rows, two.train.labels)
  const raw = errorOf(predictionsOf(classifier, two.fresh))
  assert.is(classifier.threshold, null)
  classifier.calibrate(two.held.rows, two.held.labels)
  const told = predictionsOf(classifier, two.fresh)
  assert.ok(errorOf(told) <= raw, `${errorOf(told)} after calibration, ${raw} before`)
  const threshold = classifier.threshold ?? Number.NaN
  for (const [n, { told: label, margin }] of told.entries()) {
    const [a, , b, , c, , d] = classifier.scores(two.fresh.at(n))
    const difference = (a + b - c - d) / 2 - threshold
    assert.is(label, difference > 0 ? 'down' : 'cross')
    assert.ok(Math.abs(Math.abs(difference) - margin) < 1e-9)
  }
  assert.throws(
    () => classifier.learnOne(fresh.at(0), 'across'),
    /one of the classes "down", "cross", got "across"/,
  )
  assert.throws(() => classifier.weightsOf('down'), /regression/)
})

test('the threshold is in the middle of the widest interval that makes the fewest errors', () => {
  const best = (first: number[], second: number[]) =>
    fewestErrors(Float64Array.from(first), Float64Array.from(second))
  assert.is(best([5, 9], [1, 2]), 3.5)
  assert.is(best([2, 5, 9], [1, 3]), 4)
  assert.is(best([1, 3], [1]), 2)
  assert.is(best([1], [1, 1, 3]), 3)
  assert.is(best([], []), 0)
  // All of the first class: from the least of them on.
  assert.ok(best([4, 6], []) <= 4)
  assert.ok(best([], [4, 6]) >= 6)
})

test('a threshold that is kept row by row is the one of the newest ten thousand rows', () => {
  const uniform = uniforms(21)
  const calibration = new ThresholdCalibration([0])
  const margins = new Margins()
  // Many are equal, and classes overlap.
  const rows = Array.from({ length: 10_300 }, (_, n) => {
    const label = Number(uniform() < 0.3)
    const difference = Math.round(20 * uniform()) - 6 * label + Math.floor(n / 2000)
    return { label, difference, scores: Float64Array.of(difference, 0) }
  })
  for (const [n, { scores, label, difference }] of rows.entries()) {
    calibration.learnOne(scores, label)
    margins.add(Math.abs(difference))
    if (n % 1000 !== 7 && n < 10_290) continue
    const window = rows.slice(Math.max(0, n + 1 - 10_000), n + 1)
    const anew = new ThresholdCalibration([0])
    anew.fit({ scores: window.map(each => each.scores), labels: window.map(each => each.label) })
    assert.is(calibration.threshold, anew.threshold, `${n} rows`)
    assert.equal(calibration.tensors(), anew.tensors())
    const sorted = window.map(each => Math.abs(each.difference)).sort((a, b) => a - b)
    assert.is(margins.below(0.3), sorted[Math.floor(0.3 * window.length)])
  }
})

test('numbers stay sorted while they come and go', () => {
  const uniform = uniforms(22)
  const held = Array.from({ length: 5 }, () => Math.floor(10 * uniform()))
  const sorted = new SortedNumbers(held)
  for (let n = 0; n < 500; n++) {
    // Up to some tens, and down to none.
    const comes = held.length === 0 || uniform() < (n < 250 ? 0.6 : 0.35)
    if (comes) {
      held.push(Math.floor(10 * uniform()))
      sorted.add(held[held.length - 1])
    } else sorted.remove(held.splice(Math.floor(uniform() * held.length), 1)[0])
    assert.equal(
      [...sorted.values],
      held.toSorted((a, b) => a - b),
    )
  }
})

test('with folds every row is calibrated with by stacks that did not learn it', () => {
  const few = pictures<Label>(300, 12)
  const [folded, whole] = [4, 1].map(folds => {
    const classifier = new Classifier(visible, { ...options, folds })
    for (let pass = 0; pass < 8; pass++) classifier.learnMany(few.rows, few.labels)
    classifier.calibrate(few.rows, few.labels)
    return classifier
  })
  const learned = folded.classes.flatMap(label => folded.stacksOf(label)).map(stack => stack.learned[0])
  // Four folds of two stacks, each row in all but one, eight times.
  assert.is(
    learned.reduce((sum, count) => sum + count, 0),
    8 * 2 * 3 * 300,
  )
  // Margins of rows that were learned promise more than there is: those of others are nearer to what comes true.
  const promised = (each: Classifier) => each.marginOfShare(0.5)
  const kept = predictionsOf(whole).map(({ margin }) => margin)
  const median = kept.sort((x, y) => x - y)[kept.length / 2]
  assert.ok(promised(whole) > median, `${promised(whole)} nats promised, ${median} come true`)
  assert.ok(
    promised(folded) < promised(whole),
    `${promised(folded)} nats with folds, ${promised(whole)} without`,
  )
  const changed = few.rows.map(pixel => 0.9 * pixel)
  const [copy, other] = [0, 1].map(() => new Classifier(visible, { ...options, folds: 4 }))
  copy.learnMany(changed, few.labels, few.rows)
  for (const [n, label] of few.labels.entries())
    other.learnOne(changed.subarray(n * D, (n + 1) * D), label, few.at(n))
  assert.equal(copy.save(), other.save())
  assert.throws(() => copy.learnMany(changed, few.labels, few.at(0)), /as many origins as rows/)
  assert.throws(
    () => copy.calibrate(few.rows.subarray(0, 2 * D), few.labels.slice(0, 2)),
    /folds|two classes/,
  )
})

test('a calibration that is refused for a fold without rows changes nothing', () => {
  const folded = new Classifier(visible, { ...options, folds: 5 })
  folded.learnMany(held.rows, held.labels)
  folded.calibrate(held.rows, held.labels)
  const before = folded.save()
  // Two rows that differ leave three of five folds empty at least.
  const numbers = [0, 0, 0, held.labels.findIndex(label => label !== held.labels[0])]
  const rows = Float32Array.from(numbers.flatMap(n => [...held.at(n)]))
  assert.throws(
    () =>
      folded.calibrate(
        rows,
        numbers.map(n => held.labels[n]),
      ),
    /each of 5 folds, .*; use more rows that differ, or fewer folds/,
  )
  assert.equal(folded.save(), before)
  folded.release()
})

test('the fold of a row depends on its values, however zeros and missing ones are written', () => {
  const folds = new Folds(64)
  for (let n = 0; n < 8; n++) {
    const row = fresh.at(n).slice().fill(0, 0, 4).fill(Number.NaN, 4, 6)
    const other = row.slice().fill(-0, 0, 4)
    // Of other sign and payload, as what is computed may be.
    new Uint32Array(other.buffer).set([0xffc00000, 0x7fc00001], 4)
    assert.is(folds.of(other), folds.of(row))
    const padded = new Float32Array(D + 3)
    padded.set(row, 3)
    assert.is(folds.of(padded.subarray(3)), folds.of(row))
  }
})

test('averaged scores are those of the layers, over the stacks', () => {
  const averaging = new Classifier(visible, { ...options, combine: 'average' })
  averaging.learnMany(train.rows.subarray(0, 300 * D), train.labels.slice(0, 300))
  const row = fresh.at(0)
  const expected = averaging.classes.flatMap(label => {
    const [a, b] = averaging.stacksOf(label).map(stack => stack.scores(row))
    return [0, 1].map(l => (a[l] + b[l]) / 2)
  })
  assert.equal(Array.from(averaging.scores(row)), expected)
})

test('what a class learns depends on its own rows alone', () => {
  const alone = new Classifier(visible, options)
  const own = fresh.labels.map((_, n) => n).filter(n => fresh.labels[n] === 'down')
  const beside = new Classifier(visible, options)
  beside.learnMany(fresh.rows, fresh.labels)
  for (const n of own) alone.learnOne(fresh.at(n), 'down')
  const scoresOf = (classifier: Classifier) =>
    classifier.stacksOf('down').map(stack => stack.scores(held.at(0)))
  assert.equal(scoresOf(beside), scoresOf(alone))
})

test('a class that appears in the stream is learned at once, and predicted from the next calibration on', () => {
  const growing = Classifier.load(calibratedFile)
  const row = fresh.at(0)
  const before = growing.predictOne(row)
  const full = new Float32Array(D).fill(1)
  for (let n = 0; n < 200; n++) growing.learnOne(full, 7)
  assert.equal(
    growing.classes,
    ['cross', 'across', 'down', 7].toSorted((a, b) => order(a) - order(b)),
  )
  const after = growing.predictOne(row)
  assert.equal(Array.from(after.probabilities), [...before.probabilities, 0])
  assert.is.not(growing.predictOne(full).label, 7)
  const rows = Float32Array.from([...held.rows, ...Array.from({ length: 20 }, () => [...full]).flat()])
  growing.calibrate(rows, [...held.labels, ...Array.from({ length: 20 }, () => 7)])
  assert.is(growing.predictOne(full).label, 7)
})
const order = (label: Label) => [...calibrated.classes, 7].indexOf(label)

test('a stream calibrates itself, with each row before it is learned', () => {
  const streaming = new Classifier(visible, { ...options, rejects: 0.1 })
  for (const [n, label] of train.labels.entries()) {
    streaming.calibrateOne(train.at(n), label)
    streaming.learnOne(train.at(n), label)
  }
  const all = predictionsOf(streaming)
  const raw = errorOf(predictionsOf(shared))
  assert.ok(errorOf(all) < raw - 0.035, `${errorOf(all)} online, ${raw} without calibration`)
  assert.ok(all.some(({ rejected }) => rejected))
})

test('a classifier that was saved goes on bit for bit', () => {
  for (const [of, more] of [
    [Classifier.load(calibratedFile), fresh],
    [
      new Classifier(visible, { ...options, calibration: 'threshold', classes: [0, 1] }),
      pictures(100, 8, [0, 1]),
    ],
    [new Classifier(visible, { stacks: [{ layers: [{ hidden: 3 }] }], folds: 3 }), fresh],
    [
      new Classifier(visible, { stacks: [{ layers: [{ hidden: 3 }], learning: 'in turn' }], penalty: 2 }),
      fresh,
    ],
  ] as const) {
    const loaded = Classifier.load(of.save())
    for (const each of [of, loaded]) {
      for (let n = 0; n < 100; n++) {
        each.calibrateOne(more.at(n), more.labels[n])
        each.learnOne(more.at(n), more.labels[n])
      }
    }
    assert.equal(loaded.save(), of.save())
    assert.equal(loaded.predictOne(more.at(5)), of.predictOne(more.at(5)))
  }
})

test('asking changes nothing, and neither do rows and labels that are refused', () => {
  const classifier = Classifier.load(calibratedFile)
  classifier.predictOne(fresh.at(0))
  classifier.scores(fresh.at(0))
  classifier.marginOfShare(0.3)
  const wrong = new Float32Array(D).fill(2)
  assert.throws(() => classifier.learnOne(wrong, 'new'), /values in \[0, 1\]/)
  assert.throws(() => classifier.calibrateOne(wrong, 'new'), /values in \[0, 1\]/)
  assert.throws(() => classifier.learnOne(fresh.at(0), {} as never), /label as a text or a finite number/)
  assert.throws(() => classifier.learnOne(fresh.at(0), Number.NaN), /label/)
  assert.throws(() => classifier.calibrate(fresh.rows, ['across']), /600 labels, one a row, got 1/)
  assert.throws(() => classifier.calibrate(fresh.at(0), ['other']), /one of the classes/)
  assert.throws(() => classifier.calibrate(fresh.at(0), ['across']), /at least two classes/)
  assert.throws(() => classifier.predictOne(new Float32Array(3)), /16 values/)
  assert.equal(classifier.save(), calibratedFile)
  assert.throws(() => new Classifier(visible, options).predictOne(fresh.at(0)), /learned first/)
})

test('initialise gives each class its own rows to start from; the classes of a stream come from classify', () => {
  const classifier = new Classifier(visible, options)
  classifier.initialise(held.rows, held.labels)
  classifier.learnMany(fresh.rows, fresh.labels)
  assert.equal(
    classifier.stacksOf('down')[0].learned[0],
    fresh.labels.filter(label => label === 'down').length,
  )
  let streamed: readonly Prediction[] = []
  from([fresh.at(0), fresh.at(1)])
    .pipe(classify(calibrated), toArray())
    .subscribe(all => {
      streamed = all
    })
  assert.equal(streamed, [calibrated.predictOne(fresh.at(0)), calibrated.predictOne(fresh.at(1))])
})

test('damaged files are refused', () => {
  const damaged = calibratedFile.slice()
  damaged[calibratedFile.length >> 1] ^= 1
  assert.throws(() => Classifier.load(damaged), /checksum/)
  const { tensors, metadata } = readSafetensors(calibratedFile)
  const { checksum: _, ...unsummed } = metadata
  const described = JSON.parse(metadata.described)
  const changed = (change: object, more: typeof tensors = {}) =>
    writeSafetensors(
      { ...tensors, ...more },
      { ...unsummed, described: JSON.stringify({ ...described, ...change }) },
    )
  const numbers = (name: string, data: Float64Array) => ({ [name]: { shape: [data.length], data } })
  const files = {
    'a class more': changed({ labels: [...described.labels, 'more'] }),
    'a class twice': changed({ labels: ['down', 'down', 'down'] }),
    'a class less': changed({ labels: ['across', 'down'] }),
    'more classes calibrated than there are': changed({ calibrated: 4 }),
    'not calibrated': changed({ calibrated: 0 }),
    'another calibration': changed({ calibration: 'threshold', classes: ['a', 'b'] }),
    'a share of rejects': changed({ rejects: 1 }),
    'groups of no kind': changed({ visible: [{ kind: 'nonsense', size: D }] }),
    'margins below zero': changed({}, numbers('margins', Float64Array.of(-1))),
    'weights of nobody': changed({}, numbers('calibration.parameters', new Float64Array(3))),
    'weights that are none': changed(
      {},
      numbers('calibration.parameters', new Float64Array(39).fill(Number.NaN)),
    ),
    'a penalty that is none': changed({}, numbers('calibration.penalty', Float64Array.of(-1))),
  }
  for (const [what, each] of Object.entries(files))
    assert.throws(() => Classifier.load(each), isRefusal, what)
  Classifier.load(changed({})).release()
})

test('options that are none are refused', () => {
  const make = (more: object) => () => new Classifier(visible, { ...options, ...more } as ClassifierOptions)
  assert.throws(make({ stacks: [] }), /1 to 64 stacks/)
  assert.throws(make({ combine: 'sum' }), /'concatenate' or 'average'/)
  assert.throws(make({ combine: 'average', stacks: [architecture(3), architecture(3, 2)] }), /as many layers/)
  assert.throws(make({ calibration: 'threshold' }), /option classes with two labels/)
  assert.throws(make({ calibration: 'threshold', classes: [1, 2, 3] }), /two classes/)
  assert.throws(make({ thresholdLayer: 2 }), /thresholdLayer from 0 to 1/)
  assert.throws(make({ rejects: 1 }), /rejects/)
  assert.throws(make({ folds: 0 }), /folds/)
  assert.throws(make({ penalty: -1 }), /penalty/)
  assert.throws(make({ classes: ['a', 'a'] }), /different classes/)
  assert.throws(make({ seed: 1.5 }), /seed/)
  assert.throws(make({ penaltty: 1 }), /options of a classifier: stacks, .*; got "penaltty"/)
  const kinds = { penalty: '1', rejects: '0', folds: '2', thresholdLayer: null, seed: true, kernels: 3 }
  for (const [name, value] of Object.entries(kinds))
    assert.throws(make({ [name]: value }), isWrongKind(new RegExp(name)))
})

const isWrongKind = (message: RegExp) => (error: unknown) =>
  error instanceof TypeError && /^Expected /.test(error.message) && message.test(error.message)

test('groups and options of layers that no stack can be made of are refused before there is any class', () => {
  const layer = (more: object) => ({ stacks: [{ layers: [{ hidden: 3, ...more }] }] })
  const of = (groups: unknown, given: unknown) => () => new Classifier(groups as never, given as never)
  assert.throws(of([{ kind: 'index', size: 3 }], layer({})), /visible group 0 to be 'bernoulli' or .*'index'/)
  assert.throws(of([{ kind: 'nonsense', size: 3 }], layer({})), /visible group 0 to be .*, got 'nonsense'/)
  assert.throws(of([{ kind: 'bernoulli', size: -3 }], layer({})), /size from 1 to \d+, got -3/)
  assert.throws(of([], layer({})), /at least one visible group/)
  for (const groups of [3, undefined, [null], { kind: 'bernoulli', size: 3 }])
    assert.throws(
      of(groups, layer({})),
      isWrongKind(/visible groups as a list, such as \[\{ kind: 'bernoulli'/),
    )
  for (const given of [undefined, null, 3, []])
    assert.throws(of(visible, given), isWrongKind(/options of a classifier, such as \{ stacks/))
  assert.throws(of(visible, layer({ foo: 1 })), /options of rbm: .*; got 'foo'/)
  assert.throws(of(visible, layer({ chainsPerStep: 9, persistentChains: 4 })), /chainsPerStep/)
  assert.throws(of(visible, { stacks: [{ layers: [{ hidden: 3 }], foo: 1 }] }), /options of a stack: .*"foo"/)
  // Without persistent chains, the default beside real units, none of them are stepped.
  new Classifier([{ kind: 'real', size: 3 }], layer({ chainsPerStep: 9 }) as never).release()
})

test('a class that calibration had no rows of has next to no probability', () => {
  const classifier = Classifier.load(shared.save())
  const known = held.labels.flatMap((label, n) => (label === 'down' ? [] : [n]))
  const rows = Float32Array.from(known.flatMap(n => [...held.at(n)]))
  classifier.calibrate(
    rows,
    known.map(n => held.labels[n]),
  )
  for (let n = 0; n < 50; n++) {
    const share = classifier.predictOne(fresh.at(n)).probabilities[classifier.classes.indexOf('down')]
    assert.ok(share < 1e-3, `${share}`)
  }
  classifier.release()
})

test.run()
