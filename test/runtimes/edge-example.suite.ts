/**
 * The function of examples/edge/ in edge-runtime, which may neither compile WebAssembly nor evaluate text: its model is
 * learned by its script, and it scores as that model does.
 */
import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { EdgeRuntime } from 'edge-runtime'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Detector, respond } from '../../pipeline/index.ts'
import { edgeRuntimeOf } from './hosts/edge.ts'
import { emptyFolder, installPackage, root, run } from './parts.ts'

const folder = emptyFolder('edge-example')
const requests = readFileSync(`${root}fixtures/requests.ndjson`, 'utf8')
let runtime: EdgeRuntime

test.before(async () => {
  cpSync(`${root}examples/edge/api`, join(folder, 'api'), { recursive: true })
  cpSync(`${root}examples/edge/learn.mjs`, join(folder, 'learn.mjs'))
  installPackage(folder)
  run(process.execPath, ['learn.mjs', `${root}fixtures/requests.ndjson`], folder)
  const contents = `
    import handler, { config } from './api/score.ts'
    if (config.runtime !== 'edge') throw new Error('Expected a function for the edge.')
    addEventListener('fetch', event => event.respondWith(handler(event.request)))`
  runtime = await edgeRuntimeOf({ stdin: { contents, resolveDir: folder } })
})

test.after(() => rmSync(folder, { recursive: true }))

const post = (body: string) => runtime.dispatchFetch('http://edge/api/score', { method: 'POST', body })

test('the function answers as its model does, and learns nothing', async () => {
  const detector = Detector.load(readFileSync(join(folder, 'model.veto')))
  const expected = await respond(detector, new Response(requests), { learn: false }).text()
  assert.match(expected, '"anomaly":true')
  for (let turn = 0; turn < 2; turn++) assert.is(await (await post(requests)).text(), expected)
  detector.release()
})

test('requests at the same time do not mix', async () => {
  const parts = requests
    .trim()
    .split('\n')
    .map(line => `${line}\n`)
  const whole = await (await post(requests)).text()
  const answers = await Promise.all(parts.slice(0, 50).map(async line => (await post(line)).text()))
  assert.is(
    answers.join(''),
    whole
      .split('\n')
      .slice(0, 50)
      .map(line => `${line}\n`)
      .join(''),
  )
})

test('what is no record is answered in its place, what is no post refused', async () => {
  const lines = (await (await post('{"latency":1}\nnonsense\n')).text()).trim().split('\n')
  assert.is(lines.length, 2)
  assert.match(JSON.parse(lines[1]).veto.error, 'expected a JSON object')
  assert.is((await runtime.dispatchFetch('http://edge/api/score')).status, 405)
})

test.run()
