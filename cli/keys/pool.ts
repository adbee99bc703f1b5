/**
 * Threads that share the work on many keys: each has the models of some shards, and keeps them. What a key's model says
 * depends on its own records alone, so the answers are those of one thread, and they are put back into the order of the
 * records.
 */
import { Worker } from 'node:worker_threads'
import { MEMORY, SHARDS, shardOf } from '../../pipeline/compose/keys.ts'
import { keyOf } from '../../pipeline/index.ts'
import { CommandError, exitCodes } from '../errors.ts'
import type { Entry } from '../io/entry.ts'
import type { Report } from '../io/report.ts'
import type { Reply, Request, WorkerTask } from './messages.ts'

/** The program of a worker: compiled where this file is, otherwise as it was written. */
const PROGRAM = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url)

/** A worker and what it was asked. */
class Member {
  readonly #worker: Worker
  #waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined
  #failure: Error | undefined

  constructor(task: WorkerTask) {
    this.#worker = new Worker(PROGRAM, { workerData: task })
    this.#worker.on('message', (reply: Reply) => this.#waiting?.resolve(reply))
    this.#worker.on('error', error => this.#fail(error))
    this.#worker.on('exit', code => this.#fail(new Error(`a worker ended with code ${code}`)))
    // It must not keep a process alive that has nothing else to do.
    this.#worker.unref()
  }

  /** One question at a time. */
  async ask(request: Request): Promise<Reply> {
    if (this.#failure) throw this.#failure
    this.#worker.ref()
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#worker.postMessage(request)
    })
    this.#worker.unref()
    if (reply.failure) throw new CommandError(reply.failure.exitCode, reply.failure.message)
    return reply
  }

  async end(): Promise<void> {
    this.#failure = new Error('a worker was ended')
    await this.#worker.terminate()
  }

  #fail(error: Error): void {
    this.#failure ??= new CommandError(exitCodes.internal, `a worker failed: ${error.message}`, error)
    this.#waiting?.reject(this.#failure)
  }
}

export class Pool {
  readonly #members: readonly Member[]
  readonly #key: string
  /** Keys by shard, as each worker last said. */
  readonly #counts: (readonly number[])[]

  constructor(workers: number, task: WorkerTask) {
    this.#key = task.key
    const own = { ...task, memory: Math.ceil((task.memory ?? MEMORY) / workers) }
    this.#members = Array.from({ length: workers }, () => new Member(own))
    this.#counts = this.#members.map(() => task.counts)
  }

  /** What is written of the entries, in their order. What there is to say about them is said. */
  async answer(entries: readonly Entry[], report: Report): Promise<string> {
    const parts: Entry[][] = this.#members.map(() => [])
    const places = entries.map(entry => {
      const member = shardOf(keyOf(entry.record, this.#key)) % parts.length
      return { member, index: parts[member].push(entry) - 1 }
    })
    const replies = await this.#askAll(member => ({ kind: 'answer', entries: parts[member] }))
    for (const { alarms, remarks, notices } of replies) {
      report.alarms += alarms
      for (const remark of remarks) report.remark(remark)
      for (const { line, notice } of notices) {
        report.line = line
        report.notice(notice)
      }
    }
    return places.map(({ member, index }) => replies[member].texts[index]).join('')
  }

  /** Have everything put into the store; keys by shard. */
  async flush(): Promise<number[]> {
    await this.#askAll(() => ({ kind: 'flush' }))
    // Each worker counts on in its own shards, and in no others.
    return Array.from({ length: SHARDS }, (_, shard) => this.#counts[shard % this.#members.length][shard])
  }

  /** Say that what was put is committed. */
  async committed(): Promise<void> {
    await this.#askAll(() => ({ kind: 'committed' }))
  }

  async end(): Promise<void> {
    await Promise.all(this.#members.map(member => member.end()))
  }

  async #askAll(request: (member: number) => Request): Promise<Reply[]> {
    const asked = this.#members.map((member, index) => member.ask(request(index)))
    // All of them, so that nobody is asked again who has not answered.
    const outcomes = await Promise.allSettled(asked)
    const failed = outcomes.find(outcome => outcome.status === 'rejected')
    if (failed) throw failed.reason
    const replies = outcomes.map(outcome => (outcome as PromiseFulfilledResult<Reply>).value)
    for (const [index, { counts }] of replies.entries()) this.#counts[index] = counts
    return replies
  }
}
