/**
 * One detector, kept in a Durable Object. A request is learned and written down without any await in between: requests
 * cannot mix, and the journal has them in the order in which they were learned. Learning the same records from the same
 * snapshot gives the same model to the last bit, so that an object that was put to rest, moved or killed goes on as if
 * nothing had been.
 */
import { DurableObject } from 'cloudflare:workers'
import { Detector, kernelMemory, limitKernelMemory } from 'veto'
import { Journal } from './journal.ts'
import { answerLine, errorLine, linesOf } from './records.ts'

/** A snapshot is due after so many records: what has to be learned again, about, when the object starts. */
const SNAPSHOT_EVERY = 1000

/** Bytes. An isolate has 128 MB, which all objects that run in it share. */
limitKernelMemory(64 * 2 ** 20)

/** Answers, or why there is no room to learn. */
export type Scored = { readonly answers: string } | { readonly full: string }

export interface Health {
  /** Records learned. */
  readonly learned: number
  /** Records in the journal, behind the snapshot. */
  readonly journal: number
  /** When the snapshot was taken, ISO 8601; null before the first one. */
  readonly snapshot: string | null
  /** Bytes of WebAssembly memory that all objects in this isolate take up. */
  readonly memory: number
  /** Bytes of this object's storage. */
  readonly storage: number
}

/** The memory of a model is not collected with the object that held it. */
const collected = new FinalizationRegistry((held: { detector: Detector | null }) => held.detector?.release())

export class DetectorObject extends DurableObject {
  readonly #journal: Journal
  readonly #held: { detector: Detector | null } = { detector: null }
  /** Records in the journal. */
  #behind: number
  #alarmed = false

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env)
    this.#journal = new Journal(ctx.storage)
    this.#behind = this.#journal.records
    collected.register(this, this.#held)
  }

  /**
   * Score and learn the records of an NDJSON text: one line of answer for each.
   * @param id the client's name for this request: when it comes again, it gets the same answer and is not learned again
   */
  score(body: string, id: string | null): Scored {
    const answer = id === null ? null : this.#journal.answerTo(id)
    if (answer !== null) return { answers: answer }
    try {
      const detector = this.#open()
      const answers = this.#journal.transaction(() => this.#learn(detector, body, id))
      if (this.#behind >= SNAPSHOT_EVERY) this.#alarm()
      return { answers }
    } catch (error) {
      // The journal has taken the request back, but the detector may have learned a part of it.
      this.#close()
      if (error instanceof RangeError) return { full: error.message }
      throw error
    }
  }

  /** The model as a file: Detector.load reads it, and so does `veto score --model`. */
  model(): Uint8Array {
    return this.#open().save()
  }

  health(): Health {
    const { learned } = this.#open()
    const { saved } = this.#journal
    return {
      learned,
      journal: this.#behind,
      snapshot: saved === null ? null : new Date(saved).toISOString(),
      memory: kernelMemory(),
      storage: this.ctx.storage.sql.databaseSize,
    }
  }

  /** Takes the snapshot, for which no answer has to wait. */
  override alarm(): void {
    this.#alarmed = false
    this.#journal.save(this.#open().save())
    this.#behind = 0
  }

  #learn(detector: Detector, body: string, id: string | null): string {
    const lines = linesOf(body)
    const answers = lines.map(line =>
      'error' in line ? errorLine(line.error) : answerLine(line.text, detector.observe(line.record)),
    )
    const answer = answers.join('')
    const sequence = this.#journal.append(body, lines.length)
    if (id !== null) this.#journal.remember(sequence, id, answer)
    this.#behind += lines.length
    return answer
  }

  /** Alarms are kept in the storage: they go off in the next life of the object, if not in this one. */
  #alarm(): void {
    if (!this.#alarmed) void this.ctx.storage.setAlarm(Date.now())
    this.#alarmed = true
  }

  /** The detector: the snapshot, with the journal learned behind it. */
  #open(): Detector {
    if (this.#held.detector) return this.#held.detector
    const model = this.#journal.snapshot()
    const detector = model ? Detector.load(model) : new Detector()
    this.#held.detector = detector
    for (const body of this.#journal.bodies())
      for (const line of linesOf(body)) if ('record' in line) detector.learnOne(line.record)
    return detector
  }

  #close(): void {
    this.#held.detector?.release()
    this.#held.detector = null
    this.#behind = this.#journal.records
  }
}
