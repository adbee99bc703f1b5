/** Model files, whole and as the format that they are in. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Detector, ModelFileError, readSafetensors, writeSafetensors } from '../../../pipeline/index.ts'
import type { Target } from '../target.ts'
import { mutate, tokens, unsummed } from './safetensors.ts'

const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)))

const record = (t: number) => ({
  n: (t * 7) % 5,
  c: `v${t % 3}`,
  b: t % 2 === 0,
  t: `2026-11-${10 + (t % 19)}T${10 + (t % 13)}:00:00Z`,
  m: `user ${t} has left host ${'abc'[t % 3]}`,
})

function modelAfter(count: number, options = {}): Buffer {
  const detector = new Detector({ warmup: 4, ...options })
  for (let t = 0; t < count; t++) detector.observe(record(t))
  const file = detector.save()
  detector.release()
  return unsummed(file)
}

const expected = /finite free energy|Expected a detector that has a model|of which values can be made/

export const model: Target = {
  name: 'model',
  seeds: () => [
    modelAfter(2, { family: { hidden: 2, experts: 4 } }),
    modelAfter(6, { family: { hidden: 2, experts: 4 } }),
    modelAfter(20, { experts: 'rbm', family: { hidden: 2 } }),
    modelAfter(20, { experts: 'prototype', family: { experts: 4 }, ignore: ['c', 'm', 't'] }),
    modelAfter(20, { experts: 'frequency' }),
    modelAfter(20, { experts: 'rbm', family: { hidden: 2 }, units: { n: 'binomial' } }),
    modelAfter(20, { experts: 'rbm', family: { hidden: 2 }, units: 'gaussian' }),
    ...['gaussian', 'hmm', 'mixture', 'student', 'unifac', 'unigauss'].map(experts =>
      modelAfter(20, { experts, family: { experts: 2 } }),
    ),
    fixture('models/v1-warmup.veto'),
    fixture('models/v2-warmup.veto'),
  ],
  tokens,
  mutate,
  run(input) {
    let detector: Detector
    try {
      detector = Detector.load(input)
    } catch (error) {
      if (error instanceof ModelFileError) return
      throw error
    }
    try {
      for (let t = 0; t < 3; t++) detector.observe(record(t))
      detector.denoiseOne({ n: 1, c: null })
      detector.transformOne(record(3))
      detector.sample(1, 2)
      detector.save()
    } catch (error) {
      // Finite parameters can still be so large that no energy is: the detector says so instead of scoring. And what is
      // warming up, or has fields without values, cannot be sampled.
      if (!(error instanceof RangeError) || !expected.test(error.message)) throw error
    } finally {
      detector.release()
    }
  },
}

export const safetensors: Target = {
  name: 'safetensors',
  batch: 512,
  seeds: () => [
    Buffer.from(writeSafetensors({}, {})),
    Buffer.from(
      writeSafetensors(
        {
          a: { shape: [2, 2], data: new Float32Array(4) },
          b: { shape: [3], data: new Float64Array(3) },
          __proto__x: { shape: [0], data: new Uint8Array(0) },
        },
        { format: 'other' },
      ),
    ),
    fixture('bad/foreign.safetensors'),
  ],
  tokens,
  mutate,
  run(input) {
    try {
      const { tensors, metadata } = readSafetensors(input)
      const again = readSafetensors(writeSafetensors(tensors, metadata))
      if (Object.keys(again.tensors).length !== Object.keys(tensors).length)
        throw new Error('Expected the tensors that were written, got others')
    } catch (error) {
      if (!(error instanceof ModelFileError)) throw error
    }
  },
}
