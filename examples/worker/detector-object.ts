/**
 * One detector, kept in a Durable Object. Requests have their turns one after the other: a request is scored and learned
 * as a whole, then written down, then answered. The journal so has them in the order in which they were learned, and as
 * learning the same records from the same snapshot gives the same model to the last bit, an object that was put to rest,
 * moved or killed goes on as if nothing had been.
 */
import { DurableObject } from 'cloudflare:workers'
import {
  Detector,
  type DetectorOverrides,
  KernelMemoryError,
  kernelMemory,
  limitKernelMemory,
  respond,
} from 'veto'
import { Journal } from './journal.ts'

/** Bytes. An isolate has 128 MB, which all objects that run in it share; JavaScript takes about as much again. */
limitKernelMemory(48 * 2 ** 20)

/** The detector of an object, while it is in memory. */
interface Held {
  detector: Detector | null
  isInUse: boolean
}

/** The detectors in the memory of this isolate, also of objects that were put to rest and will not come back. */
const resident = new Set<Held>()

function giveUp(held: Held): void {
  held.detector?.release()
  held.detector = null
  resident.delete(held)
}

/** Give back the memory of every detector that has no turn now: the objects can open them again at any time. */
function makeRoom(): void {
  for (const held of resident) if (!held.isInUse) giveUp(held)
}

/** Why there is no room for the detector. */
export interface Full {
  readonly full: string
}

export interface Scored {
  readonly answer: string
}

export interface Health {
  /** Records learned. */
  readonly learned: number
  /** Lines in the journal, behind the snapshot. */
  readonly journal: number
  /** When the snapshot was taken, ISO 8601; null before the first one. */
  readonly snapshot: string | null
  /** Bytes of WebAssembly memory that all objects in this isolate take up. */
  readonly memory: number
  /** Bytes of this object's storage. */
  readonly storage: number
}

/** Is there no room for a model? */
const isFull = (error: unknown): error is Error => error instanceof KernelMemoryError

/** A detector that has no room for a model of more records would go on with that of fewer: others give way instead. */
const strict: DetectorOverrides = {
  onNotice({ code, message }) {
    if (code === 'memory') throw new KernelMemoryError(message)
  },
}

/** What the detector answers to lines of NDJSON, which it learns. */
const answerTo = (detector: Detector, body: string): Promise<string> =>
  respond(detector, new Response(body, { headers: { 'content-type': 'application/x-ndjson' } })).text()

export class DetectorObject extends DurableObject {
  readonly #journal: Journal
  readonly #held: Held = { detector: null, isInUse: false }
  #turn: Promise<unknown> = Promise.resolve()
  #alarmed = false

  constructor(ctx: DurableObjectState, env: object) {
    super(ctx, env)
    this.#journal = new Journal(ctx.storage.sql)
  }

  /**
   * Score and learn the records of an NDJSON text: one line of answer for each.
   * @param id the client's name for this request: when it comes again, it gets the same answer and is not learned again
   */
  score(body: string, id: string | null): Promise<Scored | Full> {
    return this.#unlessFull(async () => {
      const known = id === null ? null : this.#journal.answerTo(id)
      if (known !== null) return { answer: known }
      // What cannot be written down must not have been learned either: a detector that fails in here is given up.
      const answer = await this.#use(async detector => {
        const answer = await answerTo(detector, body)
        this.#journal.append(body, answer, id)
        return answer
      })
      if (this.#journal.isLong) this.#alarm()
      return { answer }
    })
  }

  /** The model as a file: Detector.load reads it, and so does `veto score --model`. */
  model(): Promise<Uint8Array | Full> {
    return this.#unlessFull(() => this.#use(detector => detector.save()))
  }

  health(): Promise<Health | Full> {
    return this.#unlessFull(async () => {
      const learned = await this.#use(detector => detector.learned)
      const { lines, saved } = this.#journal
      return {
        learned,
        journal: lines,
        snapshot: saved === null ? null : new Date(saved).toISOString(),
        memory: kernelMemory(),
        storage: this.ctx.storage.sql.databaseSize,
      }
    })
  }

  /** Takes the snapshot, for which no answer has to wait. */
  override alarm(): Promise<void> {
    this.#alarmed = false
    return this.#inTurn(async () => this.#journal.save(await this.#use(detector => detector.save())))
  }

  /** In turn; what has no room is said, for errors lose their kind on their way out of the object. */
  #unlessFull<T>(work: () => Promise<T>): Promise<T | Full> {
    return this.#inTurn(() =>
      work().catch(error => {
        if (isFull(error)) return { full: error.message }
        throw error
      }),
    )
  }

  /** Begin when all that came before has ended. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work)
    this.#turn = done.catch(() => {})
    return done
  }

  /** Alarms are kept in the storage: one goes off in the next life of the object, if not in this one. */
  #alarm(): void {
    if (!this.#alarmed) void this.ctx.storage.setAlarm(Date.now())
    this.#alarmed = true
  }

  /** What `work` makes of the detector; if there is no room for that, once more without the detectors of others. */
  async #use<T>(work: (detector: Detector) => Promise<T> | T): Promise<T> {
    this.#held.isInUse = true
    try {
      return await this.#attempt(work).catch(error => {
        if (!isFull(error)) throw error
        makeRoom()
        return this.#attempt(work)
      })
    } finally {
      this.#held.isInUse = false
    }
  }

  async #attempt<T>(work: (detector: Detector) => Promise<T> | T): Promise<T> {
    try {
      return await work(await this.#open())
    } catch (error) {
      // It may have learned a part of what is not written down.
      giveUp(this.#held)
      throw error
    }
  }

  /** The detector: the snapshot, with the journal learned behind it. */
  async #open(): Promise<Detector> {
    if (this.#held.detector) return this.#held.detector
    const model = this.#journal.snapshot()
    const detector = model ? Detector.load(model, strict) : new Detector(strict)
    this.#held.detector = detector
    resident.add(this.#held)
    for (const body of this.#journal.bodies()) await answerTo(detector, body)
    return detector
  }
}
