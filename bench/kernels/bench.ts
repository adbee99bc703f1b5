/** Checks every kernel, then times everybody in turn, size by size. */
import { cpus } from 'node:os'
import { compileModule } from './build.ts'
import { checkRival } from './certain.ts'
import type { Contestant } from './contestant.ts'
import { Engine } from './engine.ts'
import type { Kernel, Size } from './kernel.ts'
import { exercising, levels, type Machine, maddsPerMicrosecond, nativeMachine } from './machine.ts'
import { problemOf } from './problem.ts'
import { type Pace, race } from './race.ts'
import type { Ceiling, Result } from './result.ts'
import { learning, type Rival } from './rival.ts'
import { attained, intensity } from './roofline.ts'
import { median, medianRatio } from './statistics.ts'

/** A kernel at a size. */
export interface Event {
  readonly kernel: Kernel
  readonly size: Size
  /** Too large for the oracle, which has checked the same kernel at other sizes. */
  readonly unchecked?: boolean
}

export interface Plan {
  readonly events: readonly Event[]
  /** Executables of the Nodes to measure on. */
  readonly nodes: readonly string[]
  readonly rivals: readonly Rival[]
  readonly pace: Pace
  /** Is what memory moves measured as well? */
  readonly memory: boolean
  /** Is told what is being done. */
  progress(text: string): void
}

/** The kernel whose time is a step, and which rivals are compared with. */
const STEP = 'rbm/cd1'

/** Add an engine for each binary of each Node; a Node that is named twice takes part once. */
async function startEngines(nodes: readonly string[], engines: Map<string, Engine>): Promise<void> {
  for (const node of nodes) {
    for (const target of ['plain', 'relaxed'] as const) {
      const engine = await Engine.start(node, target)
      if (!engine) continue
      const name = `${engine.node} ${target}`
      if (engines.has(name)) engine.end()
      else engines.set(name, engine)
    }
  }
}

/** Who measures the peak: a native program first, then the last engine with relaxed SIMD. */
async function startMachines(engines: readonly Engine[]): Promise<Machine[]> {
  const engine = engines.findLast(({ target }) => target === 'relaxed')
  const native = nativeMachine()
  const within = engine && [engine.machine(await compileModule('machine'))]
  return [...(native ? [native] : []), ...(within ?? [])]
}

/** GB/s of the fastest sweeps: a roof is what can be reached. */
async function bandwidths(machine: Machine, pace: Pace): Promise<Ceiling['bandwidth']> {
  const contestants = levels().flatMap(({ name, bytes }) =>
    (['read', 'update'] as const).map(way => ({
      ...exercising(machine, { do: way, bytes }),
      level: name,
      way,
      bytes,
    })),
  )
  const times = await race(contestants, { ...pace, rounds: Math.min(pace.rounds, 11) })
  const found: Record<string, { read: number; update: number }> = {}
  for (const contestant of contestants) {
    const { level, way, bytes } = contestant
    const moved = way === 'read' ? bytes : 2 * bytes
    found[level] ??= { read: 0, update: 0 }
    found[level][way] = moved / Math.min(...times.get(contestant)!) / 1000
  }
  return found
}

/** Rivals know Bernoulli units only, and are checked too. */
const takesRivals = ({ kernel, size, unchecked }: Event) =>
  kernel.rivals === true && !unchecked && size.visible.every(({ kind }) => kind === 'bernoulli')

/** The same kernel at the same size once. */
const distinct = (events: readonly Event[]) => [
  ...new Map(events.map(event => [`${event.kernel.name} ${event.size.name}`, event])).values(),
]

const raceOf = ({ size }: Event) => size.beside ?? size.name

/** Events by the size at which they take turns, in order. */
function races(events: readonly Event[]): Event[][] {
  const groups = new Map<string, Event[]>()
  for (const event of events) groups.set(raceOf(event), [...(groups.get(raceOf(event)) ?? []), event])
  return [...groups.values()]
}

/** Somebody's times, round by round. */
interface Entrant {
  readonly event: Event
  readonly engine: Engine
  readonly contestant: Contestant
}

interface Field {
  readonly entrants: readonly Entrant[]
  readonly rivals: ReadonlyMap<Rival, Contestant>
  /** Nobody where nobody can measure it. */
  readonly peak: Contestant | undefined
  readonly times: ReadonlyMap<Contestant, readonly number[]>
}

function resultOf({ event, engine, contestant }: Entrant, field: Field, ceiling: Ceiling): Result {
  const { kernel, size } = event
  const times = field.times.get(contestant)!
  const step = field.entrants.find(
    other =>
      other.engine === engine && other.event.size.name === size.name && other.event.kernel.name === STEP,
  )
  const peak = field.peak && field.times.get(field.peak)!.map(maddsPerMicrosecond)
  const speed = times.map(time => attained(kernel, size, time))
  const rivals = takesRivals(event) ? [...field.rivals] : []
  return {
    kernel: kernel.name,
    size: size.name,
    node: engine.node,
    target: engine.target,
    median: median(times),
    fastest: Math.min(...times),
    rounds: times.length,
    ...(kernel.perWeight !== undefined && {
      gigaflops: median(speed) / 1000,
      ...(peak && { ofPeak: median(speed.map((flops, round) => flops / (2 * peak[round]))) }),
      intensity: intensity(kernel),
    }),
    ...(step && { steps: medianRatio(times, field.times.get(step.contestant)!) }),
    rivals: Object.fromEntries(
      rivals.map(([rival, contestant]) => {
        const theirs = field.times.get(contestant)!
        const [middle, fastest] = [median(theirs), Math.min(...theirs)]
        return [
          rival.name,
          { version: rival.version, median: middle, fastest, times: medianRatio(theirs, times) },
        ]
      }),
    ),
    ceiling,
  }
}

/** The results of the sizes that race together, one size after the other, in the order of the kernels. */
async function runRace(
  events: readonly Event[],
  engines: readonly Engine[],
  machines: readonly Machine[],
  { rivals, pace, progress }: Plan,
  ceiling: Ceiling,
): Promise<Result[]> {
  const name = raceOf(events[0])
  const entrants: Entrant[] = []
  for (const event of events) {
    progress(`${name}: checking ${event.kernel.name}`)
    for (const engine of engines) {
      const [kernel, size] = [event.kernel.name, event.size.name]
      if (!event.unchecked) await engine.check(kernel, size)
      entrants.push({ event, engine, contestant: await engine.open(kernel, size) })
    }
  }
  const compared = events.find(takesRivals)
  const taking = new Map<Rival, Contestant>()
  for (const rival of compared ? rivals : []) {
    progress(`${name}: checking ${rival.name}`)
    await checkRival(rival, compared!.size.width, compared!.size.hidden)
    await rival.load(problemOf(compared!.size))
    taking.set(rival, learning(rival))
  }
  const peaks = machines.map(machine => exercising(machine, { do: 'madds' }))
  const all = [...peaks, ...taking.values(), ...entrants.map(({ contestant }) => contestant)]
  progress(`${name}: warming ${all.length} contestants`)
  const times = await race(all, pace, done => progress(`${name}: round ${done} of ${pace.rounds}`))
  const flops = peaks.map(peak => (2 * maddsPerMicrosecond(median(times.get(peak)!))) / 1000)
  const peaksBy = Object.fromEntries(machines.map(({ label }, n) => [label, flops[n]]))
  const turns = peaks[0] && times.get(peaks[0])!
  const withPeaks: Ceiling = {
    ...ceiling,
    gigaflops: flops[0],
    steadiness: turns && Math.min(...turns) / median(turns),
    peaks: peaksBy,
  }
  const field: Field = { entrants, rivals: taking, peak: peaks[0], times }
  for (const engine of engines) await engine.releaseAll()
  const results = entrants.map(entrant => resultOf(entrant, field, withPeaks))
  const sizes = [...new Set(events.map(({ size }) => size.name))]
  return sizes.flatMap(size => results.filter(result => result.size === size))
}

/** One result a kernel, size and engine. Throws when a kernel or a rival does not compute what it should. */
export async function* bench(plan: Plan): AsyncGenerator<Result> {
  plan.progress('starting')
  const started = new Map<string, Engine>()
  let machines: Machine[] = []
  try {
    await startEngines(plan.nodes, started)
    const engines = [...started.values()]
    machines = await startMachines(engines)
    plan.progress('memory')
    const [machine] = machines
    const ceiling: Ceiling = {
      processor: cpus()[0].model.trim(),
      measuredBy: machine?.label,
      peaks: {},
      ...(machine && plan.memory && { bandwidth: await bandwidths(machine, plan.pace) }),
    }
    for (const events of races(distinct(plan.events)))
      yield* await runRace(events, engines, machines, plan, ceiling)
  } finally {
    for (const closing of [...started.values(), ...machines]) closing.end()
    for (const rival of plan.rivals) rival.close()
  }
}
