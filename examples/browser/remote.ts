/** The detector as the page sees it: every method is a question to the worker, its promise the answer. */
import type { DataRecord } from 'veto'
import type { Answer, Request, Verdicts } from './messages.ts'

interface Waiting {
  resolve(answer: Answer): void
  reject(error: Error): void
}

export class RemoteDetector {
  readonly #worker: Worker
  /** Questions without an answer, the oldest first. */
  readonly #waiting: Waiting[] = []

  constructor(worker: Worker) {
    this.#worker = worker
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => this.#settle(data))
    worker.addEventListener('error', ({ message }) => this.#fail(message))
  }

  async observe(records: readonly DataRecord[]): Promise<Verdicts> {
    return (await this.#ask({ kind: 'observe', records })) as Verdicts
  }

  /** Scores in nats, NaN where there is none; nothing is learned. */
  async score(records: readonly DataRecord[]): Promise<Float64Array> {
    const answer = await this.#ask({ kind: 'score', records })
    return answer.kind === 'scores' ? answer.scores : new Float64Array(0)
  }

  async learn(on: boolean): Promise<void> {
    await this.#ask({ kind: 'learn', on })
  }

  async setAlpha(alpha: number): Promise<void> {
    await this.#ask({ kind: 'alpha', alpha })
  }

  /** Forget everything. */
  async begin(): Promise<void> {
    await this.#ask({ kind: 'begin' })
  }

  /** The model file. */
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.#ask({ kind: 'save' })
    return answer.kind === 'file' ? answer.file : new Uint8Array(0)
  }

  /** Go on from a model file; the number of records that it has learned. */
  async load(file: Uint8Array): Promise<number> {
    const answer = await this.#ask({ kind: 'load', file })
    return answer.kind === 'done' ? answer.learned : 0
  }

  #ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      this.#worker.postMessage(request)
    })
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.shift()
    if (answer.kind === 'failed') waiting?.reject(new Error(answer.message))
    else waiting?.resolve(answer)
  }

  /** A worker that could not even start answers nothing any more. */
  #fail(message: string): void {
    const error = new Error(`The worker has stopped: ${message}`)
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error)
  }
}
