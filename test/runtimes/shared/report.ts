/** What a runtime answers: long lists of numbers and texts under names, told as one hash each. */

export type Item = number | string

// Global names are looked up anew each time where a runtime puts a guard before them, and this one is called millions of times.
const { imul } = Math

/** FNV-1a over UTF-16 units and over the bytes of float64 numbers, twice with different beginnings: 64 bits. */
function hashOf(items: readonly Item[]): string {
  let first = 0x811c9dc5
  let second = 0x01234567
  const add = (unit: number) => {
    first = imul(first ^ unit, 0x01000193)
    second = imul(second ^ (unit + 1), 0x01000193)
  }
  const view = new DataView(new ArrayBuffer(8))
  for (const item of items) {
    if (typeof item === 'number') {
      // Engines are free in the bits of NaN; that it is one, counts.
      view.setFloat64(0, Number.isNaN(item) ? Number.NaN : item)
      if (Number.isNaN(item)) view.setUint32(0, 0x7ff80000)
      for (let i = 0; i < 8; i += 2) add(view.getUint16(i))
    } else for (let i = 0; i < item.length; i++) add(item.charCodeAt(i))
    add(0x10000)
  }
  return [first, second].map(half => (half >>> 0).toString(16).padStart(8, '0')).join('')
}

export class Report {
  readonly #lists = new Map<string, Item[]>()

  add(name: string, items: Iterable<Item>): void {
    const list = this.#lists.get(name) ?? []
    for (const item of items) list.push(item)
    this.#lists.set(name, list)
  }

  /** The number of items and their hash, by name. */
  hashes(): Record<string, string> {
    return Object.fromEntries(
      [...this.#lists].map(([name, list]) => [name, `${list.length} ${hashOf(list)}`]),
    )
  }

  /** All items of one name as texts that tell numbers apart: to see where two runtimes differ. */
  list(name: string): string[] {
    return (this.#lists.get(name) ?? []).map(item => (Object.is(item, -0) ? '-0' : String(item)))
  }
}
