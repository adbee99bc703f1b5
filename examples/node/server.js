/**
 * An HTTP service that scores NDJSON as it is sent, and learns it.
 *
 *   POST /              each line comes back at once, with its score and the reasons for it
 *   POST /?learn=false  the same, without learning
 *   GET  /              how much was learned
 *
 * PORT, HOST and MODEL say where: 8080, 127.0.0.1 and model.veto.
 */
import { createServer } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { respond } from 'veto'
import { load, save } from './model-file.js'

const { PORT = '8080', HOST = '127.0.0.1', MODEL = 'model.veto' } = process.env
const MAX_CONNECTIONS = 100
const MAX_LINE_BYTES = 64 * 1024
/** A connection on which nothing moves for so long is closed. */
const IDLE_MS = 5 * 60_000
const SAVE_EVERY_MS = 30_000
/** What requests have left to end by themselves when the service is to end. */
const GRACE_MS = 10_000

const detector = await load(MODEL)
let saved = detector.learned
/** One file, one writer: every save waits for the one before it. */
let saving = Promise.resolve()

function keep() {
  saving = saving.then(async () => {
    const { learned } = detector
    if (learned === saved) return
    await save(detector, MODEL)
    saved = learned
  })
  return saving
}

/** The request as the Web has it. Its body is read when it is asked for, and left open for the answer. */
function webRequest({ url, method, headers }, body) {
  return new Request(new URL(url, 'http://localhost'), { method, headers, body, duplex: 'half' })
}

async function score(request, response) {
  const body = ReadableStream.from(request.iterator({ destroyOnReturn: false }))
  const asked = webRequest(request, body)
  const learn = new URL(asked.url).searchParams.get('learn') !== 'false'
  const answer = respond(detector, asked, { learn, maxLine: MAX_LINE_BYTES })
  response.writeHead(answer.status, Object.fromEntries(answer.headers))
  response.flushHeaders()
  await pipeline(answer.body, response)
}

function describe(response) {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify({ learned: detector.learned, experts: detector.experts })}\n`)
}

async function serve(request, response) {
  try {
    if (request.method === 'POST') await score(request, response)
    else describe(response)
  } catch (error) {
    // A client that went away is no fault of ours; all others are worth a line.
    if (!request.errored) console.error(error)
    response.destroy()
  }
}

const server = createServer(serve)
server.maxConnections = MAX_CONNECTIONS
server.requestTimeout = 0 // a stream may be sent for days
server.setTimeout(IDLE_MS)
server.listen(Number(PORT), HOST, () => {
  const { address, port } = server.address()
  console.log(`listening on http://${address}:${port}, ${detector.learned} records learned`)
})

const timer = setInterval(() => keep().catch(console.error), SAVE_EVERY_MS)

/** Take no more requests, let those that are there end, save, and end. */
function stop() {
  clearInterval(timer)
  server.close(async () => {
    await keep()
    console.log(`saved ${MODEL}, ${detector.learned} records learned`)
  })
  setTimeout(() => server.closeAllConnections(), GRACE_MS).unref()
}
process.once('SIGINT', stop).once('SIGTERM', stop)
