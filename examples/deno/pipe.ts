/**
 * NDJSON from standard input, scored and learned, to standard output; what was learned stays in a file.
 *
 *   deno run --allow-read --allow-write pipe.ts requests.veto < requests.ndjson > scored.ndjson
 */
import { Detector, respond } from 'veto'

const [path = 'model.veto'] = Deno.args

async function load(): Promise<Detector> {
  try {
    return Detector.load(await Deno.readFile(path))
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return new Detector()
    throw error
  }
}

/** There is a whole model at every moment: the last one, until the new one is complete. */
async function save(detector: Detector): Promise<void> {
  await Deno.writeFile(`${path}.tmp`, detector.save())
  await Deno.rename(`${path}.tmp`, path)
}

const detector = await load()
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) Deno.addSignalListener(signal, () => stop.abort())

const { body } = respond(detector, new Response(Deno.stdin.readable))
try {
  await body?.pipeTo(Deno.stdout.writable, { signal: stop.signal })
} catch (error) {
  // Ctrl-C, or a reader that has seen enough (`| head`): what was learned is worth keeping.
  if (!stop.signal.aborted && !(error instanceof Deno.errors.BrokenPipe)) throw error
}
await save(detector)
Deno.exit()
