/**
 * NDJSON from standard input, scored and learned, to standard output; what was learned stays in a file.
 *
 *   bun pipe.ts requests.veto < requests.ndjson > scored.ndjson
 */
import { rename } from 'node:fs/promises'
import { Detector, respond } from 'veto'

const [path = 'model.veto'] = Bun.argv.slice(2)

async function load(): Promise<Detector> {
  const file = Bun.file(path)
  return (await file.exists()) ? Detector.load(await file.bytes()) : new Detector()
}

/** There is a whole model at every moment: the last one, until the new one is complete. */
async function save(detector: Detector): Promise<void> {
  await Bun.write(`${path}.tmp`, detector.save())
  await rename(`${path}.tmp`, path)
}

const detector = await load()
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

const output = new WritableStream<Uint8Array>({
  async write(chunk) {
    await Bun.write(Bun.stdout, chunk)
  },
})
const { body } = respond(detector, new Response(Bun.stdin.stream()))
try {
  await body?.pipeTo(output, { signal: stop.signal })
} catch (error) {
  // Ctrl-C, or a reader that has seen enough (`| head`): what was learned is worth keeping.
  if (!stop.signal.aborted && (error as { code?: string }).code !== 'EPIPE') throw error
}
await save(detector)
process.exit()
