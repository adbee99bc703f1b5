/** The list of alarms, the newest first. What comes from data goes into it as text and as nothing else. */
import type { Alarm } from './messages.ts'
import { number, oneIn, reason } from './words.ts'

/** Alarms that are kept in the list. */
const LONGEST = 200

function span(name: string, text: string): HTMLSpanElement {
  const element = document.createElement('span')
  element.className = name
  element.textContent = text
  return element
}

function item({ record, score, p, why }: Alarm): HTMLLIElement {
  const element = document.createElement('li')
  const head = document.createElement('p')
  head.append(
    span('record', `Record ${number(record)}`),
    span('score', `${score.toFixed(1)} nats`),
    span('p', oneIn(p)),
  )
  // A field that is as usual, or more than usual, is no reason.
  const reasons = why.filter(({ surprise }, index) => index === 0 || surprise >= 0.5)
  element.append(head, ...reasons.map(each => span('reason', reason(each))))
  return element
}

export class AlarmList {
  readonly #list: HTMLElement
  #count = 0
  /** Those that are not in the list yet, the oldest first; never more than it can hold. */
  #fresh: Alarm[] = []

  constructor(list: HTMLElement) {
    this.#list = list
  }

  /** Alarms so far, also those that are no longer in the list. */
  get count(): number {
    return this.#count
  }

  add(alarms: readonly Alarm[]): void {
    this.#count += alarms.length
    this.#fresh.push(...alarms)
    if (this.#fresh.length > LONGEST) this.#fresh = this.#fresh.slice(-LONGEST)
  }

  /** Put what has come since the last time into the list. */
  draw(): void {
    if (this.#fresh.length === 0) return
    this.#list.prepend(...this.#fresh.reverse().map(item))
    this.#fresh = []
    while (this.#list.childElementCount > LONGEST) this.#list.lastElementChild?.remove()
  }

  clear(): void {
    this.#count = 0
    this.#fresh = []
    this.#list.replaceChildren()
  }
}
