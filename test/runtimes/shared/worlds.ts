/** Streams of each world: Web streams, async iterables, and NDJSON in HTTP bodies. */
import { type DataRecord, Detector, detections, respond, toTransformStream } from 'veto'
import { mixedRecords } from './records.ts'
import type { Report } from './report.ts'

/** NDJSON with a byte order mark, line endings of both kinds, blank lines and lines that are none. */
function body(): Uint8Array {
  const lines = [...mixedRecords(150, 31)].map(record => JSON.stringify(record))
  lines.splice(60, 0, '', 'no record', '{"half":', '[1,2]')
  const text = lines.map((line, n) => line + (n % 3 ? '\n' : '\r\n')).join('')
  return new TextEncoder().encode(`\ufeff${text}{"last":"without an end"}`)
}

/** In pieces that cut through lines, characters and line endings. */
function pieces(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream({
    pull(controller) {
      const size = 1 + ((at * 7) % 997)
      controller.enqueue(bytes.slice(at, at + size))
      at += size
      if (at >= bytes.length) controller.close()
    },
  })
}

async function* oneByOne(records: Iterable<DataRecord>): AsyncGenerator<DataRecord> {
  for (const record of records) yield record
}

const streamOf = (records: Iterable<DataRecord>): ReadableStream<DataRecord> =>
  new ReadableStream({
    start(controller) {
      for (const record of records) controller.enqueue(record)
      controller.close()
    },
  })

export async function worlds(report: Report): Promise<void> {
  const detector = new Detector()
  for await (const detection of detections(detector, oneByOne(mixedRecords(100, 32))))
    report.add('async iterable: detections', [JSON.stringify(detection)])
  const reader = streamOf(mixedRecords(100, 33)).pipeThrough(toTransformStream(detector)).getReader()
  for (let next = await reader.read(); !next.done; next = await reader.read())
    report.add('TransformStream: detections', [JSON.stringify(next.value)])
  const answered = respond(detector, new Response(pieces(body())))
  report.add('respond: lines', (await answered.text()).split('\n'))
  report.add('respond: head', [answered.status, answered.headers.get('content-type') ?? 'none'])
  const request = new Request('http://localhost/', { method: 'POST', body: new TextDecoder().decode(body()) })
  report.add(
    'respond to a request: lines',
    (await respond(detector, request, { learn: false }).text()).split('\n'),
  )
  const refused = respond(detector, new Request('http://localhost/'))
  report.add('respond to a GET', [refused.status, await refused.text()])
  detector.release()
}
