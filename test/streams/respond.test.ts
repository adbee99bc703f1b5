import * as fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { score } from '../../cli/commands/score.ts'
import { Detector } from '../../pipeline/detector.ts'
import { type RespondOptions, respond } from '../../pipeline/streams/respond.ts'
import { outcome } from '../cli/session.ts'
import { sameBytes } from '../detector/streams.ts'
import { cutAt, cuts, physicalLines, roughBytes } from '../ndjson/bytes.ts'
import { collected, counted, failureOf, handed, linesOf, records, settled } from './chunks.ts'

const small = { seed: 1, warmup: 8 }
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)
const textOf = (bytes: readonly Uint8Array[]) => Buffer.concat(bytes).toString()
const parsed = (text: string) =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line))

/** A request as a server has it. */
const post = (body: BodyInit | null, headers: HeadersInit = {}): Request =>
  new Request('http://localhost/', { method: 'POST', body, headers, duplex: 'half' } as RequestInit)

const answersTo = (body: BodyInit, options?: RespondOptions, detector = new Detector(small)) =>
  respond(detector, post(body), options).text()

const bodyOf = (response: Response) => response.body as ReadableStream<Uint8Array>

test('the answers to a request are what the command line writes', async () => {
  const lines = `${linesOf(records)}\n  \n{ "latency": 1e3, "big":12345678901234567890 }\r\n{}`
  const response = respond(new Detector(), post(lines))
  assert.is(response.status, 200)
  assert.is(response.headers.get('content-type'), 'application/x-ndjson')
  const text = await response.text()
  assert.is(text, (await outcome(score, lines)).out)
  assert.match(text, /\n\{ "latency": 1e3, "big":12345678901234567890 ,"veto":\{"score":.*\}\}\r\n/)
})

test('a response is answered as a request is, and learned from', async () => {
  const detector = new Detector(small)
  const answers = parsed(await respond(detector, new Response(linesOf(records))).text())
  const expected = new Detector(small)
  for (const [index, record] of records.entries()) {
    const { score: wanted } = expected.observe(record)
    const { veto, ...own } = answers[index]
    assert.equal(own, record)
    // Six significant digits.
    if (wanted === null) assert.is(veto.score, null)
    else assert.ok(Math.abs(veto.score - wanted) <= 5e-6 * Math.abs(wanted))
  }
  sameBytes(detector.save(), expected.save())
})

test('without learning the detector stays as it was', async () => {
  const detector = new Detector(small)
  for (const record of records) detector.observe(record)
  const before = detector.save()
  const answers = parsed(await answersTo(linesOf(records.slice(0, 9)), { learn: false }, detector))
  sameBytes(detector.save(), before)
  assert.is(answers[8].veto.score, Number(detector.scoreOne(records[8]).score?.toPrecision(6)))
})

test('a line that cannot be read has its error in its place', async () => {
  const text = await answersTo('{"a":1}\n\n[1]\n{"a":\n{"veto":2}\n{"b":{"c":{}}}\n', { maxDepth: 2 })
  const answers = parsed(text)
  assert.equal(
    answers.map(({ veto }) => veto.line),
    [undefined, 3, 4, undefined, 6],
  )
  assert.equal(Object.keys(answers[1]), ['veto'])
  assert.equal(Object.keys(answers[1].veto), ['error', 'line'])
  assert.match(answers[1].veto.error, /^expected a JSON object, got an array; write one object a line/)
  assert.match(answers[2].veto.error, /broken JSON/)
  assert.equal(Object.keys(answers[3]), ['veto', 'veto_'])
  assert.match(answers[4].veto.error, /^expected at most 2 objects .* \(maxDepth allows more\)$/)
})

test('the key that is added has the name that is wanted', async () => {
  const answers = parsed(await answersTo('{"a":1}\n{\n', { as: 'anomaly' }))
  assert.equal(answers.map(Object.keys), [['a', 'anomaly'], ['anomaly']])
})

test('property: chunk boundaries change nothing, and every line that is not blank has one answer', async () => {
  await fc.assert(
    fc.asyncProperty(roughBytes, cuts, async (bytes, positions) => {
      const through = async (chunks: readonly Uint8Array[]) =>
        textOf(await collected(bodyOf(respond(new Detector(small), post(counted(chunks).stream)))))
      const whole = await through([bytes])
      assert.is(await through(cutAt(bytes, positions)), whole)
      const lines = physicalLines(bytes).filter(line => !/^(\ufeff)?\s*$/.test(line.toString()))
      const answers = parsed(whole)
      assert.is(answers.length, lines.length)
      for (const { veto, veto_ } of answers) assert.ok(veto_ ?? veto)
    }),
    { seed: 5, numRuns: 200 },
  )
})

test('property: characters of several bytes survive wherever they are cut', async () => {
  const record = fc.dictionary(fc.string({ unit: 'binary', maxLength: 6 }), fc.string({ unit: 'binary' }))
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { maxLength: 6 }),
      fc.integer({ min: 1, max: 7 }),
      async (all, size) => {
        const bytes = bytesOf(linesOf(all))
        const positions = Array.from({ length: Math.floor(bytes.length / size) }, (_, piece) => piece * size)
        const { stream } = counted(cutAt(bytes, positions))
        const answers = parsed(await respond(new Detector(small), post(stream)).text())
        // Halves of characters leave JSON.stringify as \uXXXX, so that nothing is lost on the way through UTF-8.
        assert.equal(
          answers.map(answer => JSON.stringify({ ...answer, veto: undefined })),
          all.map(own => JSON.stringify({ ...JSON.parse(JSON.stringify(own)), veto: undefined })),
        )
      },
    ),
    { seed: 6, numRuns: 100 },
  )
})

test('a line that is too long has its error, however long it is, and costs no memory', async () => {
  const piece = new Uint8Array(1 << 16).fill(120)
  function* chunks() {
    yield bytesOf('{"a":1}\n')
    for (let count = 0; count < 1024; count++) yield piece
    yield bytesOf('\n{"a":2}\n')
  }
  const before = process.memoryUsage().arrayBuffers
  const { stream } = counted(chunks())
  const text = await respond(new Detector(small), post(stream), { maxLine: 1000 }).text()
  // 64 MiB went in.
  assert.ok(process.memoryUsage().arrayBuffers - before < 4 << 20)
  const answers = parsed(text)
  assert.is(answers.length, 3)
  assert.equal(answers[1], {
    veto: { error: 'expected at most 1000 bytes, got 67108864 (maxLine allows more)', line: 2 },
  })
})

test('a record that arrives alone leaves at once', async () => {
  const { stream, give, end } = handed<Uint8Array>()
  const reader = bodyOf(respond(new Detector(small), post(stream))).getReader()
  for (const a of [1, 2, 3]) {
    give(bytesOf(`{"a":${a}}\n`))
    const { value } = await reader.read()
    assert.is(JSON.parse(textOf([value!])).a, a)
  }
  give(bytesOf('{"a":4'))
  const last = reader.read()
  give(bytesOf('}'))
  end()
  assert.is(JSON.parse(textOf([(await last).value!])).a, 4)
  assert.is((await reader.read()).done, true)
})

test('nothing is read before it is asked for, and no more than is asked for', async () => {
  const { stream, seen } = counted(records.map(record => bytesOf(linesOf([record]))))
  const detector = new Detector(small)
  const reader = bodyOf(respond(detector, new Response(stream))).getReader()
  await settled()
  assert.is(seen.pulls, 0)
  for (let read = 1; read <= 20; read++) {
    await reader.read()
    await settled()
    assert.is(seen.pulls, read)
    assert.is(detector.learned, read)
  }
})

test('a body that is there as a whole is answered in pieces', async () => {
  const all = Array.from({ length: 40 }, () => records).flat()
  const bytes = bytesOf(linesOf(all))
  const detector = new Detector(small)
  const reader = bodyOf(respond(detector, new Response(counted([bytes]).stream))).getReader()
  await reader.read()
  await settled()
  // The first 64 KiB of over half a megabyte.
  assert.ok(bytes.length > 8 << 16)
  assert.ok(detector.learned > 0 && detector.learned < all.length / 7, `${detector.learned} learned`)
  while (!(await reader.read()).done);
  assert.is(detector.learned, all.length)
})

test('whoever stops reading stops the source, and half a line is not learned', async () => {
  const source = handed<Uint8Array>()
  const detector = new Detector(small)
  const reader = bodyOf(respond(detector, new Response(source.stream))).getReader()
  source.give(bytesOf('{"a":1}\n{"a":2}'))
  await reader.read()
  const pending = reader.read()
  await settled()
  await reader.cancel('gone')
  assert.is((await pending).done, true)
  await settled()
  assert.is(source.cancelled, 'gone')
  assert.is(detector.learned, 1)
})

test('the reason of a reader that stops reaches the source', async () => {
  const { stream, seen } = counted(records.map(record => bytesOf(linesOf([record]))))
  const reader = bodyOf(respond(new Detector(small), new Response(stream))).getReader()
  await reader.read()
  await reader.cancel('gone')
  assert.is(seen.cancelled, 'gone')
})

test('an error of the source comes behind the last whole line; half a line is not learned', async () => {
  const { stream, give, fail } = handed<Uint8Array>()
  const detector = new Detector(small)
  const reader = bodyOf(respond(detector, new Response(stream))).getReader()
  give(bytesOf('{"a":1}\n{"a":2}'))
  assert.is(JSON.parse(textOf([(await reader.read()).value!])).a, 1)
  const next = failureOf(reader.read())
  fail(new Error('connection lost'))
  assert.is(await next, 'connection lost')
  assert.is(detector.learned, 1)
})

test('an error of the detector comes behind the answers before it, and the source is told', async () => {
  let count = 0
  const failing = {
    observe: () => {
      if (++count > 2) throw new RangeError('beyond use')
      return { score: null, p: null, anomaly: null, why: [] }
    },
    scoreOne: () => {
      throw new Error('not asked')
    },
  }
  const { stream, seen } = counted([bytesOf('{"a":1}\n{"a":2}\n{"a":3}\n{"a":4}\n')])
  const reader = bodyOf(respond(failing, new Response(stream))).getReader()
  assert.is(parsed(textOf([(await reader.read()).value!])).length, 2)
  assert.is(await failureOf(reader.read()), 'beyond use')
  assert.is(count, 3)
  await settled()
  assert.match(String(seen.cancelled), /beyond use/)
})

test('no body, or an empty one, has no answers', async () => {
  for (const body of [null, '', '\n \r\n']) {
    const response = respond(new Detector(small), post(body))
    assert.is(response.status, 200)
    assert.is(await response.text(), '')
  }
})

test('a body that was read, or is being read, is refused', async () => {
  const read = post('{}\n')
  await read.text()
  const locked = new Response('{}\n')
  locked.body?.getReader()
  for (const source of [read, locked])
    assert.throws(
      () => respond(new Detector(small), source),
      (error: Error) => error instanceof TypeError && /nobody has read yet.*clone\(\)/.test(error.message),
    )
})

const url = 'http://localhost/'
const refused: readonly [what: string, source: Request | Response, status: number, error: RegExp][] = [
  ['a GET', new Request(url), 405, /in the body of a POST, got a GET; send NDJSON/],
  ['CSV', post('a,b\n', { 'content-type': 'text/csv; charset=utf-8' }), 415, /got text\/csv; send NDJSON/],
  ['a form', post(new FormData()), 415, /got multipart\/form-data/],
  ['compression', post('x', { 'content-encoding': 'gzip' }), 415, /without compression, .* gzip/],
  ['a failed response', new Response('gone', { status: 404 }), 502, /one of status 404/],
  ['a page', new Response('<p>', { headers: { 'content-type': 'text/html' } }), 502, /got text\/html/],
]
for (const [what, source, status, error] of refused) {
  test(`${what} is refused with ${status} and what was expected`, async () => {
    const response = respond(new Detector(small), source, { as: 'own' })
    assert.is(response.status, status)
    const { own } = JSON.parse(await response.text())
    assert.match(own.error, error)
    assert.is(response.headers.get('content-type'), 'application/x-ndjson')
    assert.is(response.headers.get('allow'), status === 405 ? 'POST' : null)
  })
}

test('a response that is refused gives its connection back', async () => {
  const { stream, seen } = counted([bytesOf('gone')])
  respond(new Detector(small), new Response(stream, { status: 404 }))
  await settled()
  assert.is(seen.isCancelled, true)
})

test('what clients call NDJSON by default is read', async () => {
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'x/y'])
    assert.is(
      parsed(await respond(new Detector(small), post('{}\n', { 'content-type': type })).text()).length,
      1,
    )
})

test('a JSON array has its error, with the remedy', async () => {
  const [{ veto }] = parsed(await answersTo('[{"a":1},{"a":2}]'))
  assert.match(veto.error, /got an array; write one object a line: jq -c '\.\[\]'/)
})

test('options that make no sense are refused', () => {
  const of = (options: object) => () => respond(new Detector(small), post('{}'), options)
  assert.throws(of({ maxLine: 0 }), /Expected maxLine as a whole number from 1 to 268435456, got 0/)
  assert.throws(of({ maxDepth: 1.5 }), /Expected maxDepth as a whole number/)
  assert.throws(
    of({ as: 3 }),
    (error: Error) => error instanceof TypeError && /name of a key/.test(error.message),
  )
})

test('what is no request, no detector and no option is refused at once', () => {
  const request = () => new Request('http://localhost/', { method: 'POST', body: '{}' })
  for (const source of ['x', null, undefined, { method: 'POST', headers: {} }] as never[])
    assert.throws(
      () => respond(new Detector(), source),
      /Expected a Request or a Response, got .*Readable.toWeb/,
    )
  for (const detector of [undefined, {}, new Detector().describe()] as never[])
    assert.throws(() => respond(detector, request()), /Expected a detector or a bank/)
  for (const learn of ['false', 0, null] as never[])
    assert.throws(() => respond(new Detector(), request(), { learn }), /Expected learn as true or false/)
})

test('text in place of bytes is an error with the remedy', async () => {
  const response = respond(new Detector(small), { ...plain, body: counted(['{}\n']).stream } as never)
  assert.match(
    await failureOf(response.text()),
    /Uint8Array, got "\{\}\\n"; pipe text through a TextEncoderStream/,
  )
})

/** As much of a response as is looked at. */
const plain = { ok: true, status: 200, headers: new Headers(), bodyUsed: false }

test.run()
