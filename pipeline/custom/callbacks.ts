/** The callbacks of a definition, with their answers checked: what is wrong is named, and whose fault it is. */
import { DivergedError } from '../errors.ts'
import { kindOf } from '../kernel-family.ts'
import type { CustomDefinition, Parameters, Setting } from './definition.ts'

/** A message of an error of the user's own code. */
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

export class Callbacks {
  readonly #definition: CustomDefinition
  readonly #setting: Setting
  /** Have parameters moved since they were made? Then it may be learning that is to blame. */
  hasLearned = false

  constructor(definition: CustomDefinition, setting: Setting) {
    this.#definition = definition
    this.#setting = setting
  }

  /** f(row); NaN and infinite values are let through: proposals of a trajectory are then refused. */
  logDensity(row: Float64Array, parameters: Parameters): number {
    const value = this.#call('logDensity', () => this.#definition.logDensity(row, parameters, this.#setting))
    if (typeof value === 'number') return value
    throw new TypeError(`${this.#expected('logDensity')} to return a number, got ${kindOf(value)}.`)
  }

  /** The same of a row that the caller gave, which has to have a finite answer. */
  finiteLogDensity(row: Float64Array, parameters: Parameters): number {
    const value = this.logDensity(row, parameters)
    if (Number.isFinite(value)) return value
    throw this.#unusable('logDensity', value, row)
  }

  /** ∂f/∂v into `out`; NaN is let through where f itself has no finite value, as beyond the end of what it is defined on. */
  rowGradient(row: Float64Array, parameters: Parameters, out: Float64Array): void {
    out.fill(0)
    this.#call('rowGradient', () => this.#definition.rowGradient(row, parameters, out, this.#setting))
    const wrong = out.find(value => !Number.isFinite(value))
    if (wrong === undefined || !Number.isFinite(this.logDensity(row, parameters))) return
    throw this.#unusable('rowGradient', wrong, row)
  }

  /** ∂f/∂θ into `out`, every number of which has to be finite. */
  parameterGradient(row: Float64Array, parameters: Parameters, out: Parameters): void {
    for (const values of Object.values(out)) values.fill(0)
    this.#call('parameterGradient', () =>
      this.#definition.parameterGradient(row, parameters, out, this.#setting),
    )
    for (const [name, values] of Object.entries(out)) {
      const wrong = values.find(value => !Number.isFinite(value))
      if (wrong !== undefined) throw this.#unusable('parameterGradient', wrong, row, `parameter ${name}, `)
    }
  }

  project(parameters: Parameters): void {
    this.#call('project', () => this.#definition.project?.(parameters, this.#setting))
    const grown = Object.entries(parameters).find(([, values]) => !values.every(Number.isFinite))
    if (grown) throw this.#diverged(`finite values in parameter ${grown[0]}, got others`)
  }

  initialise(rows: readonly Float64Array[], parameters: Parameters): void {
    this.#call('initialise', () => this.#definition.initialise?.(rows, parameters, this.#setting))
    for (const [name, values] of Object.entries(parameters)) {
      if (values.every(Number.isFinite)) continue
      throw new RangeError(
        `${this.#expected('initialise')} to leave finite values in parameter ${name}, got others.`,
      )
    }
  }

  features(row: Float64Array, parameters: Parameters): Float32Array {
    const { features } = this.#definition
    if (!features) return Float32Array.of(this.finiteLogDensity(row, parameters))
    const values = this.#call('features', () => this.#definition.features?.(row, parameters, this.#setting))
    return Float32Array.from(values ?? [])
  }

  #call<T>(name: string, callback: () => T): T {
    const answer = this.#try(name, callback)
    if (!(answer instanceof Promise)) return answer
    throw new TypeError(`${this.#expected(name)} to answer at once, got a promise.`)
  }

  #try<T>(name: string, callback: () => T): T {
    try {
      return callback()
    } catch (error) {
      throw new RangeError(
        `${this.#expected(name)} to answer every finite row, got an error: ${messageOf(error)}`,
        {
          cause: error,
        },
      )
    }
  }

  #expected(callback: string): string {
    return `Expected ${callback} of the family ${this.#definition.name}`
  }

  /** The error for an answer that is no finite number. */
  #unusable(callback: string, value: number, row: Float64Array, where = ''): RangeError {
    if (this.hasLearned) return this.#diverged(`a finite answer of ${callback}, got ${where}${value}`)
    const shown = Array.from(row.subarray(0, 4)).join(', ')
    return new RangeError(
      `${this.#expected(callback)} to be finite for every finite row, got ${where}${value} for (${shown}` +
        `${row.length > 4 ? ', …' : ''}) before anything was learned; bound it, and see checkGradients.`,
    )
  }

  #diverged(what: string): DivergedError {
    return new DivergedError(
      `Expected ${what}: the parameters of ${this.#definition.name} have grown beyond all bounds. Lower learningRate ` +
        'or gradientLimit, or put the parameters back with project.',
    )
  }
}
