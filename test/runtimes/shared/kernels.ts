/** `veto/core` with one family, and a kernel that the program has compiled itself: the same answers as the rest. */
import { Detector as AnyDetector } from 'veto'
import { Detector, type KernelSource, kernelMemory, limitKernelMemory, prototype } from 'veto/core'
import { mixedRecords } from './records.ts'
import type { Item, Report } from './report.ts'

/** What a detector says about 300 records, and its model. */
function* itemsOf(detector: Pick<AnyDetector, 'observe' | 'save' | 'release'>): Generator<Item> {
  for (const record of mixedRecords(300, 41)) yield JSON.stringify(detector.observe(record))
  yield* detector.save()
  detector.release()
}

/** What a call throws, and nothing else. */
function refusalOf(call: () => unknown): Item[] {
  try {
    call()
    return ['nothing was thrown']
  } catch (error) {
    return error instanceof Error ? [error.name, error.message] : ['no error was thrown']
  }
}

/** `compiled`: the kernel of prototypes. */
export function kernels(report: Report, compiled: KernelSource): void {
  const own = { families: [prototype], kernels: { prototype: compiled } }
  report.add('kernel: of everything', itemsOf(new AnyDetector({ experts: 'prototype' })))
  report.add('kernel: of veto/core', itemsOf(new Detector({ families: [prototype] })))
  report.add('kernel: of the program', itemsOf(new Detector(own)))
  report.add(
    'kernel: wrong',
    refusalOf(() => new Detector({ ...own, kernels: { prototype: {} as KernelSource } })),
  )
  const before = kernelMemory()
  limitKernelMemory(before + (1 << 20))
  // 16 million values would be 64 MB.
  report.add(
    'kernel: memory',
    refusalOf(() => prototype.create([{ kind: 'real', size: 4_000_000 }], { prototypes: 4 })),
  )
  limitKernelMemory(2 ** 32)
  report.add('kernel: memory afterwards', [kernelMemory() === before ? 'as before' : 'more'])
}
