/** The sample stream: five gauges of a water pump, and now and then something that is wrong with them. */
import { bells, uniforms } from './random.ts'

export type Gauges = {
  /** Litres a second. */
  flow: number
  /** Bar. */
  pressure: number
  /** Kilowatts. */
  power: number
  /** Degrees Celsius. */
  temperature: number
  /** Millimetres a second. */
  vibration: number
}

/** Every value of a fault may be seen on a normal day as well; only that they go together is wrong. */
const faults: readonly ((gauges: Gauges) => Gauges)[] = [
  // A closed valve: the pump works and nothing flows.
  gauges => ({ ...gauges, flow: 0.3, pressure: gauges.pressure + 2 }),
  // A leak: it flows as ever, without pressure.
  gauges => ({ ...gauges, pressure: 0.8 }),
  // A bearing at its end.
  gauges => ({ ...gauges, vibration: 4 * gauges.vibration, power: gauges.power + 3 }),
  // No cooling.
  gauges => ({ ...gauges, temperature: gauges.temperature + 35 }),
]

/** A fault comes once in so many records, on average, and not before the detector has something to compare with. */
const FAULT_EVERY = 2500
const FIRST_FAULT = 1000
/** Records of one day: how fast demand goes up and down. */
const DAY = 1440

const rounded = (value: number) => Math.round(value * 100) / 100

export interface SampleBatch {
  readonly records: readonly Gauges[]
  /** Which of them have a fault: their indexes. */
  readonly planted: readonly number[]
}

/** Batches of `size` records without end, always the same for the same seed. */
export function* pump(size: number, seed = 1): Generator<SampleBatch> {
  const [uniform, bell] = [uniforms(seed), bells(seed + 1)]
  let temperature = 40
  let record = 0
  const next = (): Gauges => {
    const demand = 0.55 + 0.35 * Math.sin((2 * Math.PI * record) / DAY) + 0.04 * bell()
    const flow = Math.max(0, 50 * demand)
    const power = 2 + 0.13 * flow + 0.15 * bell()
    temperature += 0.02 * (30 + 3 * power - temperature) + 0.1 * bell()
    const pressure = 6.5 - 0.05 * flow + 0.1 * bell()
    const vibration = Math.max(0.1, 1.2 + 0.03 * flow + 0.12 * bell())
    return {
      flow: rounded(flow),
      pressure: rounded(pressure),
      power: rounded(power),
      temperature: rounded(temperature),
      vibration: rounded(vibration),
    }
  }
  for (;;) {
    const planted: number[] = []
    const records = Array.from({ length: size }, (_, index) => {
      record++
      const gauges = next()
      if (record < FIRST_FAULT || uniform() > 1 / FAULT_EVERY) return gauges
      planted.push(index)
      return faults[Math.floor(uniform() * faults.length)](gauges)
    })
    yield { records, planted }
  }
}
