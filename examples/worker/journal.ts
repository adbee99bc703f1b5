/**
 * What a detector needs to survive, in the object's own storage (SQLite): a snapshot of the model, and the requests that
 * came after it. A snapshot takes hundreds of kilobytes and a request a few, so that requests are written one by one
 * and the model now and then.
 *
 * What is written between two awaits is one transaction, and no answer leaves the object before it is on disk.
 */

/** A value in the storage may have two megabytes. */
const PIECE = 1 << 20
/** Answers are kept for requests that are repeated: those of the newest so many requests. */
const ANSWERED = 1000

const TABLES = `
  CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, records INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS snapshot (number INTEGER PRIMARY KEY, saved INTEGER NOT NULL, piece BLOB NOT NULL);
  CREATE TABLE IF NOT EXISTS answers (
    sequence INTEGER, number INTEGER, id TEXT NOT NULL, piece BLOB NOT NULL,
    PRIMARY KEY (sequence, number)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS answers_by_id ON answers (id);
`

type Piece = { readonly piece: ArrayBuffer }

/** At least one, which may be empty. */
function piecesOf(bytes: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(bytes.length / PIECE))
  return Array.from({ length: count }, (_, number) => bytes.slice(number * PIECE, (number + 1) * PIECE))
}

function joined(pieces: readonly Piece[]): Uint8Array | null {
  if (pieces.length === 0) return null
  const bytes = new Uint8Array(pieces.reduce((sum, { piece }) => sum + piece.byteLength, 0))
  for (const [number, { piece }] of pieces.entries()) bytes.set(new Uint8Array(piece), number * PIECE)
  return bytes
}

export class Journal {
  readonly #storage: DurableObjectStorage
  readonly #sql: SqlStorage

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage
    this.#sql = storage.sql
    this.#sql.exec(TABLES)
  }

  /** Run `work`; all that it has written is taken back when it throws. */
  transaction<T>(work: () => T): T {
    return this.#storage.transactionSync(work)
  }

  /** Write down a request of so many records; its number, greater than those of all before it. */
  append(body: string, records: number): number {
    const insert = 'INSERT INTO journal (records, body) VALUES (?, ?) RETURNING sequence'
    return this.#sql.exec<{ sequence: number }>(insert, records, body).one().sequence
  }

  /** The requests behind the snapshot, in the order in which they were learned. */
  *bodies(): Generator<string> {
    const rows = this.#sql.exec<{ body: string }>('SELECT body FROM journal ORDER BY sequence')
    for (const { body } of rows) yield body
  }

  /** Records behind the snapshot. */
  get records(): number {
    const sum = 'SELECT coalesce(sum(records), 0) AS records FROM journal'
    return this.#sql.exec<{ records: number }>(sum).one().records
  }

  /** The model as it was last saved; null before the first time. */
  snapshot(): Uint8Array | null {
    return joined(this.#sql.exec<Piece>('SELECT piece FROM snapshot ORDER BY number').toArray())
  }

  /** When the model was last saved, in milliseconds since 1970; null before the first time. */
  get saved(): number | null {
    return this.#sql.exec<{ saved: number | null }>('SELECT max(saved) AS saved FROM snapshot').one().saved
  }

  /** Save the model, which has learned all requests: they need no longer be kept. */
  save(model: Uint8Array): void {
    this.transaction(() => {
      this.#sql.exec('DELETE FROM snapshot')
      for (const [number, piece] of piecesOf(model).entries())
        this.#sql.exec('INSERT INTO snapshot VALUES (?, ?, ?)', number, Date.now(), piece.buffer)
      this.#sql.exec('DELETE FROM journal')
    })
  }

  /** Keep the answer to the request of that number, which the client calls `id`. */
  remember(sequence: number, id: string, answer: string): void {
    for (const [number, piece] of piecesOf(new TextEncoder().encode(answer)).entries())
      this.#sql.exec('INSERT INTO answers VALUES (?, ?, ?, ?)', sequence, number, id, piece.buffer)
    this.#sql.exec('DELETE FROM answers WHERE sequence <= ?', sequence - ANSWERED)
  }

  /** The answer that the request of that name got; null when it is new, or too long ago. */
  answerTo(id: string): string | null {
    const query = 'SELECT piece FROM answers WHERE id = ? ORDER BY sequence, number'
    const answer = joined(this.#sql.exec<Piece>(query, id).toArray())
    return answer && new TextDecoder().decode(answer)
  }
}
