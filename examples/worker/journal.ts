/**
 * What a detector needs to survive, in the object's own storage (SQLite): a snapshot of the model, and the requests that
 * came after it. A snapshot takes hundreds of kilobytes and a request a few, so that requests are written one by one
 * and the model now and then.
 *
 * What is written without an await in between is one transaction, and no answer leaves the object before it is on disk.
 * That makes every method here all or nothing.
 */

/** A value in the storage may have two megabytes. */
const PIECE = 1 << 20
/** A snapshot is due behind so many lines, or characters: they have to be learned again when the object starts. */
const MOST_LINES = 1000
const MOST_CHARACTERS = 1 << 22
/** Answers are kept for requests that are repeated: those of the newest so many requests. */
const ANSWERED = 1000

const TABLES = `
  CREATE TABLE IF NOT EXISTS journal (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, lines INTEGER NOT NULL, body TEXT NOT NULL);
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
  readonly #sql: SqlStorage
  #lines: number
  #characters: number

  constructor(sql: SqlStorage) {
    this.#sql = sql
    sql.exec(TABLES)
    const sums =
      'SELECT coalesce(sum(lines), 0) AS lines, coalesce(sum(length(body)), 0) AS characters FROM journal'
    const { lines, characters } = sql.exec<{ lines: number; characters: number }>(sums).one()
    this.#lines = lines
    this.#characters = characters
  }

  /** Lines of the requests behind the snapshot. */
  get lines(): number {
    return this.#lines
  }

  /** Is it time to save the model? */
  get isLong(): boolean {
    return this.#lines >= MOST_LINES || this.#characters >= MOST_CHARACTERS
  }

  /** Write down a request that was learned, and its answer for the client that asks again under the same `id`. */
  append(body: string, answer: string, id: string | null): void {
    const lines = answer.split('\n').length - 1
    const insert = 'INSERT INTO journal (lines, body) VALUES (?, ?) RETURNING sequence'
    const { sequence } = this.#sql.exec<{ sequence: number }>(insert, lines, body).one()
    if (id !== null) {
      for (const [number, piece] of piecesOf(new TextEncoder().encode(answer)).entries())
        this.#sql.exec('INSERT INTO answers VALUES (?, ?, ?, ?)', sequence, number, id, piece.buffer)
    }
    this.#sql.exec('DELETE FROM answers WHERE sequence <= ?', sequence - ANSWERED)
    this.#lines += lines
    this.#characters += body.length
  }

  /** The requests behind the snapshot, in the order in which they were learned. */
  bodies(): string[] {
    const rows = this.#sql.exec<{ body: string }>('SELECT body FROM journal ORDER BY sequence')
    return rows.toArray().map(({ body }) => body)
  }

  /** The answer that the request of that name got; null when it is new, or too long ago. */
  answerTo(id: string): string | null {
    const query = 'SELECT piece FROM answers WHERE id = ? ORDER BY sequence, number'
    const answer = joined(this.#sql.exec<Piece>(query, id).toArray())
    return answer && new TextDecoder().decode(answer)
  }

  /** Save the model, which has learned all requests: they need no longer be kept. */
  save(model: Uint8Array): void {
    this.#sql.exec('DELETE FROM snapshot')
    for (const [number, piece] of piecesOf(model).entries())
      this.#sql.exec('INSERT INTO snapshot VALUES (?, ?, ?)', number, Date.now(), piece.buffer)
    this.#sql.exec('DELETE FROM journal')
    this.#lines = 0
    this.#characters = 0
  }

  /** The model as it was last saved; null before the first time. */
  snapshot(): Uint8Array | null {
    return joined(this.#sql.exec<Piece>('SELECT piece FROM snapshot ORDER BY number').toArray())
  }

  /** When the model was last saved, in milliseconds since 1970; null before the first time. */
  get saved(): number | null {
    return this.#sql.exec<{ saved: number | null }>('SELECT max(saved) AS saved FROM snapshot').one().saved
  }
}
