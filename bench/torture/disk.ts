/** Disks that are full: on a small one in memory, with the output, the model, or both on it. */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Case, endOf } from './case.ts'
import { failed, type Result } from './result.ts'
import { plainVariant } from './variants.ts'
import { lastWords, type Workshop } from './veto.ts'

const CHECKPOINT = 200
const BLOCK = 4096

const mount = (...args: string[]) => spawnSync('mount', args, { encoding: 'utf8' })

/** A file system of so many bytes. @throws Error when this user may not mount one */
class SmallDisk {
  readonly folder: string

  constructor(folder: string, bytes: number) {
    this.folder = folder
    mkdirSync(folder, { recursive: true })
    this.#mount('size', bytes)
    // Before the folder is removed: whatever ends this process, nothing stays mounted.
    process.prependOnceListener('exit', () => this.release())
  }

  /** Give it another size. */
  resize(bytes: number): void {
    this.#mount('remount,size', bytes)
  }

  #mount(options: string, bytes: number): void {
    const size = `${options}=${Math.ceil(bytes / BLOCK) * BLOCK}`
    const { status, stderr, error } = mount('-t', 'tmpfs', '-o', size, 'tmpfs', this.folder)
    if (status === 0) return
    throw new Error(`cannot mount a small disk: ${error?.message ?? stderr.trim()}; ${REMEDY}`)
  }

  get ballast(): string {
    return join(this.folder, 'ballast')
  }

  /** Fill what is left of it. */
  fill(): void {
    const file = openSync(this.ballast, 'a')
    try {
      for (;;) writeSync(file, Buffer.alloc(BLOCK))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
  }

  clear(): void {
    rmSync(this.ballast, { force: true })
  }

  release(): void {
    spawnSync('umount', [this.folder])
  }
}

export const REMEDY =
  'run it as root, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or choose --only others'

/** Whether this process may mount. */
export function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'veto-mount-'))
  const { status } = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
  if (status === 0) spawnSync('umount', [folder])
  rmdirSync(folder)
  return status === 0
}

/** A disk with the output on it, and the model when it is small too, that grows whenever it was full. */
async function growing(torture: Case, name: string, step: number, alsoModel: boolean): Promise<Result> {
  const { expected } = torture.sizes()
  const models = alsoModel ? 3 * statSync(torture.model.expected).size : 0
  const size = (share: number) => models + share * expected
  const disk = new SmallDisk(join(torture.folder, name), size(0.5))
  const places = {
    output: join(disk.folder, 'output'),
    model: alsoModel ? join(disk.folder, 'model') : join(torture.folder, `${name}.model`),
  }
  const problems: string[] = []
  let full = 0
  try {
    for (let share = 0.5; ; share += step) {
      disk.resize(size(share))
      const { code, messages } = await endOf(torture.resume(CHECKPOINT, places))
      if (code === 0) break
      full++
      if (code !== 3 && !(alsoModel && code === 4))
        problems.push(`expected it to end with 3 on a full disk, got ${code}: ${lastWords(messages)}`)
      if (!/ENOSPC/.test(messages)) problems.push(`expected it to say ENOSPC, got ${lastWords(messages)}`)
      if (share > 2) {
        problems.push(`expected it to end on a disk of twice the size, got ${lastWords(messages)}`)
        break
      }
    }
    if (full === 0) problems.push('expected the disk to be full at least once')
    return { ...(await torture.outcome(problems, { places, note: `${full} times full` })), name }
  } finally {
    disk.release()
  }
}

/** A disk with the model alone, which others fill meanwhile and, when `again`, clear while the stream still runs. */
async function filled(torture: Case, name: string, again: boolean): Promise<Result> {
  const disk = new SmallDisk(join(torture.folder, name), 16 * statSync(torture.model.expected).size)
  const places = { output: join(torture.folder, `${name}.output`), model: join(disk.folder, 'model') }
  const problems: string[] = []
  try {
    const running = torture.resume(CHECKPOINT, places)
    let said = ''
    running.child.stderr?.on('data', text => {
      said += text
    })
    let over = false
    const ending = endOf(running).finally(() => {
      over = true
    })
    // A sound checkpoint first, then none: what the renaming of one sets free is filled at once.
    while (!over && !statSync(`${places.model}.previous`, { throwIfNoEntry: false })) await sleep(2)
    while (!over && !(again && /ENOSPC/.test(said))) {
      disk.fill()
      await sleep(2)
    }
    if (again) disk.clear()
    const { code, messages } = await ending
    const wanted = again ? 0 : 4
    if (code !== wanted)
      problems.push(`expected it to end with ${wanted}, got ${code}: ${lastWords(messages)}`)
    if (!/ENOSPC/.test(messages)) problems.push(`expected it to say ENOSPC, got ${lastWords(messages)}`)
    if (!again) {
      disk.clear()
      const { code, messages } = await endOf(torture.resume(CHECKPOINT, places))
      if (code !== 0) problems.push(`expected it to go on after that, got ${code}: ${lastWords(messages)}`)
    }
    return { ...(await torture.outcome(problems, { places })), name }
  } finally {
    disk.release()
  }
}

/** @param step each time that the disk was full it gets so much of the output more, a share */
export async function fillDisks(
  shop: Workshop,
  { records, seed, step }: { records: number; seed: number; step: number },
): Promise<Result[]> {
  const torture = new Case(shop, plainVariant('disk'))
  await torture.prepare(records, seed)
  const cases: [name: string, carryOut: (name: string) => Promise<Result>][] = [
    ['full disk, output', name => growing(torture, name, step, false)],
    ['full disk, output and model', name => growing(torture, name, step, true)],
    ['full disk, model', name => filled(torture, name, false)],
    ['full disk, model, space again meanwhile', name => filled(torture, name, true)],
  ]
  const results: Result[] = []
  for (const [name, carryOut] of cases) results.push(await carryOut(name).catch(error => failed(name, error)))
  return results
}
