/**
 * Lines from any number of TCP clients, joined into one stream line by line.
 *
 * What a client has sent waits in its own socket until it is its turn; once that is full the client has to wait. Nothing
 * is ever sent to a client.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { inputError, systemReason } from '../../errors.ts'
import type { SourcePosition } from '../source.ts'
import { type Address, addressText } from './address.ts'
import { LineJoiner } from './line-joiner.ts'
import type { Origin } from './origin.ts'
import { Track } from './track.ts'

/** Clients at a time. */
const MOST_CLIENTS = 1024
/** Bytes of lines whose end has not come yet, of all clients together, beside one longest line. */
const MOST_HELD = 32 << 20
/** After so many milliseconds of silence a client is asked whether it is still there. */
const KEEP_ALIVE = 60_000

interface Client {
  readonly name: string
  readonly socket: Socket
  readonly lines: LineJoiner
}

export interface ListenOptions {
  readonly address: Address
  /** Bytes of the longest line. */
  readonly maxLine: number
  readonly from?: SourcePosition
  readonly say: (message: string) => void
}

export class Listener implements Origin {
  readonly name: string
  readonly size = undefined
  readonly isStored = false
  readonly track: Track
  /** Who sent the chunk that was given last. */
  sender: string | undefined
  readonly #maxLine: number
  readonly #say: (message: string) => void
  readonly #server: Server
  readonly #clients = new Set<Client>()
  /** Those of whom there is something to read, or who are gone, in the order of their turns. */
  readonly #ready = new Set<Client>()
  #wake: () => void = () => {}
  #consumed = 0
  #held = 0
  #stopped = false
  #failure: Error | undefined
  #refused = false

  constructor({ address: { host, port }, maxLine, from, say }: ListenOptions) {
    this.name = addressText(host, port)
    this.track = new Track(this.name, from?.bytes ?? 0)
    this.#maxLine = maxLine
    this.#say = say
    this.#server = createServer(socket => this.#welcome(socket))
    this.#server.maxConnections = MOST_CLIENTS
    this.#server.on('drop', () => this.#refuse())
    this.#server.on('error', error => {
      this.#failure = error
      this.#wake()
    })
    this.#server.listen(port, host, () => this.#announce())
  }

  consumed(): number {
    return this.#consumed
  }

  /** No more clients, and no more from those that there are than has arrived. */
  stop(): void {
    this.#stopped = true
    this.#wake()
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      while (!this.#stopped) {
        if (this.#failure) throw this.#failed(this.#failure)
        const client = this.#nextReady()
        if (client) yield* this.#give(client)
        else
          await new Promise<void>(resolve => {
            this.#wake = resolve
          })
      }
      this.#server.close()
      for (const client of this.#clients) yield* this.#give(client, true)
    } finally {
      this.#server.close()
      for (const { socket } of this.#clients) socket.destroy()
    }
  }

  #announce(): void {
    const address = this.#server.address()
    if (typeof address === 'object' && address)
      this.#say(`listening on ${addressText(address.address, address.port)}`)
  }

  #refuse(): void {
    if (!this.#refused) this.#say(`${MOST_CLIENTS} clients are connected; refusing more of them`)
    this.#refused = true
  }

  #failed(error: Error): Error {
    return inputError(`cannot listen on ${this.name}: ${systemReason(error)}`, error)
  }

  #welcome(socket: Socket): void {
    const name = addressText(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0)
    const client: Client = { name, socket, lines: new LineJoiner(this.#maxLine) }
    this.#clients.add(client)
    socket.setKeepAlive(true, KEEP_ALIVE)
    const turn = () => {
      this.#ready.add(client)
      this.#wake()
    }
    // An error is followed by 'close'; what it was makes no difference to the lines that have come.
    socket.on('error', () => {})
    socket.on('readable', turn)
    socket.on('close', turn)
  }

  #nextReady(): Client | undefined {
    const [client] = this.#ready
    if (client) this.#ready.delete(client)
    return client
  }

  /**
   * The lines that a client has completed.
   * @param isLast whether it gets no further turn, so that its last line ends here
   */
  *#give(client: Client, isLast = client.socket.closed): Generator<Uint8Array> {
    const { socket, lines, name } = client
    const before = lines.held
    const bytes: Uint8Array | null = socket.read()
    const parts = bytes ? [lines.push(bytes)] : []
    if (isLast) {
      parts.push(lines.end())
      this.#clients.delete(client)
      socket.destroy()
    }
    this.#held += lines.held - before
    if (this.#held > MOST_HELD + this.#maxLine) this.#dropLongest()
    this.#consumed += bytes?.length ?? 0
    this.sender = name
    for (const part of parts) if (part.length > 0) yield part
  }

  /** Close the connection of whoever holds the most memory. */
  #dropLongest(): void {
    const [longest] = [...this.#clients].sort((a, b) => b.lines.held - a.lines.held)
    if (longest.socket.destroyed) return
    this.#say(`closing ${longest.name}: lines without an end hold more than ${MOST_HELD >> 20} MB of memory`)
    longest.socket.destroy()
  }
}
