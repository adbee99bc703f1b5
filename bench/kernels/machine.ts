/**
 * What this core can do with 128-bit vectors: multiply-adds in registers, and moving memory of each level. Measured in
 * turn with the kernels, natively where there is a C compiler, and in WebAssembly where an engine has relaxed SIMD.
 */
import { readFileSync } from 'node:fs'
import { compileC } from './build.ts'
import type { Contestant } from './contestant.ts'
import { Talk } from './talk.ts'

/** Multiply-adds of a round: 12 vectors of four lanes. */
const MADDS = 48

export interface Level {
  readonly name: string
  readonly bytes: number
}

const KIB = 1024
const cacheFile = '/sys/devices/system/cpu/cpu0/cache/index'

/** Bytes of a cache as Linux says, or what is usual. */
function cacheBytes(index: number, usual: number): number {
  try {
    const [, kib] = /^(\d+)K/.exec(readFileSync(`${cacheFile}${index}/size`, 'latin1')) ?? []
    return kib === undefined ? usual : Number(kib) * KIB
  } catch {
    return usual
  }
}

/** Half of the second-level cache, a quarter of the third, and four times the third. */
export function levels(): Level[] {
  const [second, third] = [cacheBytes(2, 512 * KIB), cacheBytes(3, 8192 * KIB)]
  return [
    { name: 'L2', bytes: second / 2 },
    { name: 'L3', bytes: third / 4 },
    { name: 'DRAM', bytes: Math.min(4 * third, 512 * KIB * KIB) },
  ]
}

/** What a machine is asked to do `count` times. */
export type Exercise = { readonly do: 'madds' } | { readonly do: 'read' | 'update'; readonly bytes: number }

/** One who can do what machine.c and assembly/machine.ts do. */
export interface Machine {
  readonly label: string
  /** Microseconds. */
  exercise(what: Exercise, count: number): Promise<number>
  end(): void
}

/** Undefined, with the reason on stderr, where there is no C compiler. */
export function nativeMachine(): Machine | undefined {
  const program = compileC('machine', 'machine', [])
  if (program instanceof Error) {
    console.error(`without a native peak: ${program.message}; needs gcc`)
    return undefined
  }
  const talk = new Talk('machine', program, [])
  const sizeOf = (what: Exercise) => (what.do === 'madds' ? '' : `${what.bytes} `)
  return {
    label: 'native',
    exercise: async (what, count) => Number(await talk.ask(`${what.do} ${sizeOf(what)}${count}`)),
    end: () => talk.end(),
  }
}

/** Takes part in turns; an example is a round of multiply-adds or a sweep. */
export const exercising = (machine: Machine, what: Exercise): Contestant => ({
  label: `${what.do}, ${machine.label}`,
  async turn(warm, count) {
    await machine.exercise(what, warm)
    return (await machine.exercise(what, count)) / count
  },
})

/** Multiply-adds a microsecond when a round takes that long. */
export const maddsPerMicrosecond = (time: number) => MADDS / time
