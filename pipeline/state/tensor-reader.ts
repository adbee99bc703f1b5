import type { Tensors } from '../experts/product.ts'
import { refuse } from './json.ts'

/** Takes named tensors out of a model file, and knows what is left. */
export class TensorReader {
  readonly #left: Map<string, Tensors[string]>

  constructor(tensors: Tensors) {
    this.#left = new Map(Object.entries(tensors))
  }

  /** The data of a tensor of that kind. Throws a ModelFileError when there is none. */
  take<T>(name: string, kind: abstract new (...args: never[]) => T): T {
    const tensor = this.#left.get(name)
    if (!(tensor?.data instanceof kind)) {
      refuse(`a tensor '${name}' as ${kind.name}`, tensor ? tensor.data.constructor.name : 'none')
    }
    this.#left.delete(name)
    return tensor.data
  }

  /** All tensors whose names begin so, by the rest of their names. */
  takeAll(prefix: string): Tensors {
    const taken = [...this.#left].filter(([name]) => name.startsWith(prefix))
    for (const [name] of taken) this.#left.delete(name)
    return Object.fromEntries(taken.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
  }

  /** The same without taking them. */
  peekAll(prefix: string): Tensors {
    const found = [...this.#left].filter(([name]) => name.startsWith(prefix))
    return Object.fromEntries(found.map(([name, tensor]) => [name.slice(prefix.length), tensor]))
  }

  has(name: string): boolean {
    return this.#left.has(name)
  }

  /** Refuse what nobody has taken. */
  finish(): void {
    if (this.#left.size > 0) refuse('no tensors but its own', [...this.#left.keys()].join(', ').slice(0, 120))
  }
}
