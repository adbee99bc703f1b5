/** A detector of the families that a program has brought along. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector, frequency, type Notice, prototype, rbm } from '../../pipeline/core.ts'
import * as veto from '../../pipeline/index.ts'

const record = (t: number) => ({ load: 20 + (t % 7), host: `web-${t % 3}` })

function learned(detector: Detector, count = 400): Detector {
  for (let t = 0; t < count; t++) detector.observe(record(t))
  return detector
}

test('one family alone is the choice, and what it does not model is reported', () => {
  const notices: Notice[] = []
  const detector = learned(new Detector({ families: [prototype], onNotice: notice => notices.push(notice) }))
  assert.equal(detector.experts, ['prototype'])
  assert.is(detector.options.experts, 'prototype')
  assert.equal([...new Set(notices.map(({ field }) => field))], ['host'])
  detector.release()
})

test('of several the automatic choice takes those that there are', () => {
  const detector = learned(new Detector({ families: [frequency, prototype] }))
  assert.equal(detector.experts, ['prototype', 'frequency'])
  const all = learned(new veto.Detector())
  assert.equal(all.experts, ['prototype', 'frequency', 'rbm'])
  for (const each of [detector, all]) each.release()
})

test('with the families that would be chosen it is the detector that brings them all, bit for bit', () => {
  const own = learned(new Detector({ families: [rbm, frequency, prototype] }))
  const full = learned(new veto.Detector())
  assert.equal(own.save(), full.save())
  const loaded = veto.Detector.load(own.save())
  assert.instance(loaded, veto.Detector)
  assert.equal(
    loaded.observe(record(7)),
    Detector.load(own.save(), { families: veto.families }).observe(record(7)),
  )
})

test('a model of families that were not given is refused with both', () => {
  const file = learned(new veto.Detector()).save()
  assert.throws(
    () => Detector.load(file, { families: [prototype] }),
    /the families that were given, prototype, got one of "prototype", "frequency", "rbm"; name all of them in the option families/,
  )
})

test('what are no families is refused', () => {
  const wrong = [undefined, [], [{}], prototype, ['rbm'], [rbm, rbm]] as never[]
  for (const families of wrong) {
    assert.throws(() => new Detector({ families }), /Expected families as a list of different families/)
    assert.throws(() => Detector.load(new Uint8Array(8), { families }), /Expected families as a list/)
  }
  for (const none of [undefined, {}] as never[]) {
    assert.throws(() => new Detector(none), /Expected families as a list/)
    assert.throws(() => Detector.load(new Uint8Array(8), none), /Expected families as a list/)
  }
  assert.throws(() => new Detector({ families: [prototype], experts: 'rbm' }), /\(prototype\), got 'rbm'/)
})

test('options that there are not are refused, those that are gone with what is in their place', () => {
  const file = learned(new veto.Detector()).save()
  for (const make of [
    (options: object) => new veto.Detector(options),
    (options: object) => veto.Detector.load(file, options),
    (options: object) => new veto.Bank({ key: 'host', ...options }),
  ]) {
    assert.throws(() => make({ aplha: 0.1 }), /Expected options of a detector \(experts, .*\), got "aplha"/)
    assert.throws(() => make({ relaxed: true }), /veto\/relaxed' and give it as the option kernels/)
    assert.throws(() => make({ module: 1 }), /give modules by the names of families as the option kernels/)
    assert.throws(() => make({ alpha: 5 }), /^Expected alpha between 0 and 1/)
  }
})

test('reasons for anomalies alone are those of all records', () => {
  const all = new veto.Detector()
  const few = new veto.Detector({ explain: 'anomalies' })
  for (let t = 0; t < 600; t++) {
    const next = t === 500 ? { load: 90, host: 'web-1' } : record(t)
    const [told, silent] = [all.observe(next), few.observe(next)]
    assert.equal(silent, { ...told, why: told.anomaly ? told.why : [] })
    if (t === 500) assert.ok(silent.why.length > 0)
  }
  assert.equal(few.save(), all.save())
  assert.throws(() => new veto.Detector({ explain: 'some' as never }), /'all' or 'anomalies', got "some"/)
})

test.run()
