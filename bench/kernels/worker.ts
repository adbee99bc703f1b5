/**
 * The kernels on the Node that runs this file, plain or relaxed as its argument says. One request a line of JSON on stdin,
 * one answer a line on stdout; `engine.ts` asks.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { relaxed as relaxedKernels } from '../../pipeline/relaxed.ts'
import { kernelNamed } from './catalogue.ts'
import type { Running } from './kernel.ts'
import type { Exercise } from './machine.ts'
import { sizeNamed } from './sizes.ts'

export type Request =
  | { readonly do: 'about' }
  | { readonly do: 'check'; readonly kernel: string; readonly size: string }
  | { readonly do: 'open'; readonly kernel: string; readonly size: string }
  | { readonly do: 'turn'; readonly opened: number; readonly warm: number; readonly count: number }
  | { readonly do: 'release' }
  | { readonly do: 'exercise'; readonly module: string; readonly what: Exercise; readonly count: number }

const relaxed = process.argv[2] === 'relaxed'
const ATTEMPTS = 3
let opened: Running[] = []

/** In microseconds an example. */
function turn(running: Running, warm: number, count: number): number {
  running.run(warm)
  const start = performance.now()
  const done = running.run(count)
  return ((performance.now() - start) * 1000) / done
}

/** The error of the first attempt that is right, or the last. */
function check(name: string, size: string): number {
  const kernel = kernelNamed(name)
  let error = Number.POSITIVE_INFINITY
  for (let seed = 1; seed <= ATTEMPTS && !(error <= 1); seed++)
    error = kernel.check(sizeNamed(kernel, size)!, relaxed, seed)
  return error
}

/** What assembly/machine.ts exports. */
interface MachineModule {
  madds(count: number, factor: number): number
  reserve(bytes: number): void
  read(bytes: number): number
  update(bytes: number): void
}

const SLICE = 10_000
const FACTOR = 2 ** -6
let machine: MachineModule | undefined
let reserved = 0

/** The microseconds that `count` rounds of multiply-adds or sweeps over memory take. */
function exercise(module: string, what: Exercise, count: number): number {
  machine ??= new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)))
    .exports as unknown as MachineModule
  if (what.do !== 'madds' && what.bytes > reserved) {
    machine.reserve(what.bytes)
    reserved = what.bytes
  }
  const start = performance.now()
  // V8 compiles a function better once it has been called often enough.
  if (what.do === 'madds')
    for (let left = count; left > 0; left -= SLICE) machine.madds(Math.min(left, SLICE), FACTOR)
  else for (let n = 0; n < count; n++) machine[what.do](what.bytes)
  return (performance.now() - start) * 1000
}

function answer(request: Request): unknown {
  switch (request.do) {
    case 'about': {
      const runs = !relaxed || WebAssembly.validate(Buffer.from(String(relaxedKernels.rbm), 'hex'))
      return { node: process.version, v8: process.versions.v8, runs }
    }
    case 'check':
      // A number that is not finite is no JSON.
      return String(check(request.kernel, request.size))
    case 'open': {
      const kernel = kernelNamed(request.kernel)
      return opened.push(kernel.open(sizeNamed(kernel, request.size)!, relaxed)) - 1
    }
    case 'turn':
      return turn(opened[request.opened], request.warm, request.count)
    case 'release':
      for (const running of opened) running.release()
      opened = []
      return true
    case 'exercise':
      return exercise(request.module, request.what, request.count)
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(answer(JSON.parse(line) as Request)))
}
