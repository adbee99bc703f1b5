/** How often something happens a second, over the last second. */
export class Meter {
  readonly #marks: { readonly time: number; readonly count: number }[] = []
  #sum = 0

  /** It has happened `count` times just now; `time` in milliseconds. */
  add(count: number, time: number): void {
    this.#marks.push({ time, count })
    this.#sum += count
  }

  /** Times a second at a time in milliseconds. */
  rate(time: number): number {
    while (this.#marks.length > 0 && this.#marks[0].time <= time - 1000) {
      this.#sum -= this.#marks.shift()?.count ?? 0
    }
    return this.#sum
  }

  clear(): void {
    this.#marks.length = 0
    this.#sum = 0
  }
}
