/**
 * The page of examples/browser/ in Chromium: it learns and draws under a policy that allows nothing but its own files,
 * says what a detector in Node says about the same records, and lets nothing in the data act.
 */
import { readFileSync } from 'node:fs'
import Papa from 'papaparse'
import type { Page } from 'playwright-core'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { reason } from '../../examples/browser/words.ts'
import { type DataRecord, Detector, type Verdict } from '../../pipeline/index.ts'
import {
  choose,
  drawn,
  figure,
  fileRead,
  frameTimes,
  type OpenPage,
  type Served,
  servePage,
  text,
} from './browser-page.ts'
import { root } from './parts.ts'

let served: Served

test.before(async () => {
  served = await servePage()
})

test.after(() => served.close())

/** A test with a page of its own, which must have nothing to complain about at the end. */
function pageTest(name: string, run: (page: Page, opened: OpenPage) => Promise<void>): void {
  test(name, async () => {
    const opened = await served.open({ viewport: { width: 1280, height: 800 } })
    try {
      await run(opened.page, opened)
      assert.equal(opened.complaints, [])
    } finally {
      await opened.close()
    }
  })
}

/** What the page makes its detectors with. */
const options = { why: 3, explain: 'anomalies', alpha: 0.001 } as const

const requests = readFileSync(`${root}fixtures/requests.ndjson`, 'utf8').trim().split('\n')

/** The entry of an alarm in the list of the page, as text. */
function entry(record: number, { score, why }: Verdict): string {
  const reasons = why.filter(({ surprise }, index) => index === 0 || surprise >= 0.5).map(reason)
  return [`Record ${record.toLocaleString('en')}`, `${score!.toFixed(1)} nats`, ...reasons].join('|')
}

/** Entries of the alarms among records, the newest first. */
function alarmsOf(detector: Detector, records: readonly DataRecord[]): string[] {
  const entries = records.flatMap((record, index) => {
    const verdict = detector.observe(record)
    return verdict.anomaly ? [entry(index + 1, verdict)] : []
  })
  return entries.reverse()
}

/** Entries of the list in the page, without their p-values. */
function listed(page: Page): Promise<string[]> {
  return page
    .locator('#alarm-list li')
    .evaluateAll(items =>
      items.map(item =>
        [...item.querySelectorAll('.record, .score, .reason')].map(part => part.textContent).join('|'),
      ),
    )
}

const give = (page: Page, name: string, text: string) =>
  page.locator('#file').setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) })

/** The file that the page would save to the disk. */
async function savedModel(page: Page): Promise<Uint8Array> {
  const download = page.waitForEvent('download')
  await page.getByText('Save model').click()
  return new Uint8Array(readFileSync(await (await download).path()))
}

/** Circles around the middle of the pad, one movement a frame; the next angle. */
async function circle(page: Page, movements: number, angle: number): Promise<number> {
  const { x, y, width, height } = (await page.locator('#pad').boundingBox())!
  for (let i = 0; i < movements; i++) {
    await page.mouse.move(x + width / 2 + 150 * Math.cos(angle), y + height / 2 + 100 * Math.sin(angle))
    await page.waitForTimeout(16)
    angle += 0.1
  }
  return angle
}

pageTest('the page loads under a strict policy and waits for records', async page => {
  await drawn(page)
  assert.is(await page.title(), 'Veto in the browser')
  assert.is(await text(page, 'phase'), 'warming up')
  assert.is(await figure(page, 'learned'), 0)
  assert.ok(await page.locator('#chart canvas').isVisible())
})

pageTest('circles become normal, and a jerk alarms', async page => {
  // By the keyboard: the slider to one false alarm in a hundred, for there are few records.
  await page.locator('#alpha').focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  assert.is(await text(page, 'alpha-text'), '1 in 100')
  const angle = await circle(page, 400, 0)
  const { x, y, width, height } = (await page.locator('#pad').boundingBox())!
  await drawn(page)
  const before = await figure(page, 'learned')
  assert.ok(before > 200, `${before} records of 400 movements`)
  assert.is(await text(page, 'phase'), 'learning')
  await circle(page, 10, angle)
  for (const corner of [0.05, 0.95, 0.05]) {
    await page.mouse.move(x + corner * width, y + 0.9 * height)
    await page.waitForTimeout(20)
  }
  await drawn(page)
  const newest = (await listed(page))[0]
  const record = Number(newest.match(/^Record ([\d,]+)/)?.[1].replaceAll(',', ''))
  assert.ok(record > before, `the newest alarm is ${newest}, the jerk came after record ${before}`)
  assert.match(newest, /\|(speed|acceleration|x|y) -?[\d,.]+, expected/)
})

pageTest('arrow keys move a pointer as well', async page => {
  await page.locator('#pad').focus()
  for (let i = 0; i < 30; i++) {
    await page.keyboard.press(['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp'][i % 4])
    await page.waitForTimeout(20)
  }
  await drawn(page)
  assert.ok((await figure(page, 'learned')) > 10)
})

pageTest('a file of CSV gets the alarms that a detector in Node gives', async page => {
  const csv = Papa.unparse(requests.map(line => JSON.parse(line)))
  await give(page, 'requests.csv', csv)
  assert.is(await fileRead(page), 'requests.csv: 1,500 records.')
  const { data } = Papa.parse<DataRecord>(csv, { header: true, skipEmptyLines: true })
  const detector = new Detector(options)
  const expected = alarmsOf(detector, data)
  assert.ok(expected.length > 0)
  assert.equal(await listed(page), expected)
  assert.is(await figure(page, 'learned'), 1500)
  assert.is(await figure(page, 'alarms'), expected.length)
})

pageTest(
  'the sample of NDJSON does too, and the model saved in the page is that of Node to the bit',
  async page => {
    await choose(page, 'File')
    await page.getByText('Take a log of web requests').click()
    await fileRead(page)
    const detector = new Detector(options)
    assert.equal(
      await listed(page),
      alarmsOf(
        detector,
        requests.map(line => JSON.parse(line)),
      ),
    )
    const saved = await savedModel(page)
    assert.is(Detector.load(saved).learned, 1500)
    assert.equal(saved, new Uint8Array(detector.save()))
  },
)

pageTest('a model from Node goes on in the page as it does in Node', async page => {
  const detector = new Detector(options)
  for (const line of requests.slice(0, 900)) detector.observe(JSON.parse(line))
  const buffer = Buffer.from(detector.save())
  await page
    .locator('#load')
    .setInputFiles({ name: 'node.veto', mimeType: 'application/octet-stream', buffer })
  await page.locator('#status').filter({ hasText: '900 records' }).waitFor()
  const rest = requests.slice(900)
  await give(page, 'rest.ndjson', rest.join('\n'))
  assert.is(await fileRead(page), 'rest.ndjson: 600 records.')
  const expected = alarmsOf(
    detector,
    rest.map(line => JSON.parse(line)),
  )
  assert.ok(expected.length > 0)
  assert.equal(await listed(page), expected)
  assert.is(await figure(page, 'learned'), 1500)
})

pageTest('what is no model file is refused in words, and everything goes on', async page => {
  const buffer = Buffer.from('no model')
  await page.locator('#load').setInputFiles({ name: 'x.veto', mimeType: 'application/octet-stream', buffer })
  await page.locator('#status').filter({ hasText: 'Expected' }).waitFor()
  await give(page, 'few.ndjson', requests.slice(0, 300).join('\n'))
  await fileRead(page)
  assert.is(await figure(page, 'learned'), 300)
})

pageTest('paused, it scores and learns nothing; started over, it knows nothing', async page => {
  await give(page, 'first.ndjson', requests.slice(0, 700).join('\n'))
  await fileRead(page)
  await page.getByText('Pause learning').click()
  const saved = await savedModel(page)
  await drawn(page)
  assert.is(await text(page, 'phase'), 'frozen')
  await page.locator('#load').setInputFiles({
    name: 'same.veto',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(saved),
  })
  await page.locator('#status').filter({ hasText: '700 records' }).waitFor()
  await give(page, 'second.ndjson', requests.slice(700).join('\n'))
  await fileRead(page)
  assert.is(await figure(page, 'learned'), 700)
  assert.equal(await savedModel(page), saved)
  await page.getByText('Go on learning').click()
  await page.getByText('Start over').click()
  await drawn(page)
  assert.is(await figure(page, 'learned'), 0)
})

/** Names and values that would act, if anything but text were made of them. */
const hostile = {
  markup: '<img src=x onerror=alert(1)>',
  script: '</script><script>alert(2)</script>',
  escapes: '\u001b[31mred\u001b]0;title\u0007\u202eesrever\u0000',
  long: `begin${'x'.repeat(100_000)}`,
}

pageTest('nothing in a file acts: it is shown as text, of a bounded length', async page => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.locator('#alpha').focus()
  await page.keyboard.press('End')
  const values = Object.values(hostile)
  const rows = Array.from({ length: 600 }, (_, n) => {
    const odd = n >= 300 && n % 40 === 0
    const value = odd ? values[(n / 40) % values.length] : `usual ${n % 3}`
    return [odd ? 10_000 + n : n % 7, value, n % 2, odd ? hostile.script : 'plain']
  })
  const csv = Papa.unparse({
    fields: [hostile.markup, hostile.escapes, '__proto__', 'constructor'],
    data: rows,
  })
  await give(page, `${hostile.markup}.csv`, `${csv}\r\ntoo,many,values,in,this,line,of,all\r\n`)
  const status = await fileRead(page)
  assert.is(status, `${hostile.markup}.csv: 600 records, 1 line was no record.`)
  const entries = await listed(page)
  const all = entries.join('\n')
  assert.match(all, '<img src=x onerror=alert(1)>')
  assert.match(all, '</script><script>alert(2)</script>')
  assert.match(all, '\\u{1b}[31mred')
  assert.match(all, '\\u{202e}')
  assert.match(all, /beginx+…/)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
  assert.not.match(all, /[\u0000-\u0009\u000b-\u001f\u202e]/)
  assert.ok(entries.every(entry => entry.length < 600))
  const elements = await page
    .locator('#alarm-list')
    .evaluate(list => list.querySelectorAll('img, script').length)
  assert.is(elements, 0)
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
  assert.is(overflow, 0)
})

pageTest('a record that never ends is refused, and everything goes on', async page => {
  await give(page, 'open.csv', `a,b\n1,2\n3,"${'x'.repeat(3 << 20)}`)
  await page.locator('#status').filter({ hasText: 'is a quote not closed?' }).waitFor()
  const line = requests[0]
  await give(page, 'open.ndjson', [line, `{"x":"${'x'.repeat(3 << 20)}"}`, line].join('\n'))
  assert.is(await fileRead(page), 'open.ndjson: 2 records, 1 line was no record.')
})

pageTest('another source takes over in the middle of a file', async page => {
  const lines = Array.from({ length: 100_000 }, (_, n) => `${n % 17},${n % 5},${n % 360}`)
  await give(page, 'long.csv', ['x,y,z', ...lines].join('\n'))
  while ((await figure(page, 'learned')) === 0) await page.waitForTimeout(20)
  await choose(page, 'Stream')
  await page.waitForTimeout(1000)
  await choose(page, 'File')
  await drawn(page)
  assert.is(await text(page, 'status'), '')
  assert.is(await text(page, 'file-status'), '')
  assert.is(await figure(page, 'learned'), 0)
  await give(page, 'short.csv', ['x,y,z', ...lines.slice(0, 500)].join('\n'))
  assert.is(await fileRead(page), 'short.csv: 500 records.')
  assert.is(await figure(page, 'learned'), 500)
})

pageTest('of a long file every record is learned, while frames are drawn', async page => {
  const records = 30_000
  const lines = Array.from({ length: records }, (_, n) => {
    const angle = n / 20
    const values = [600 + 200 * Math.cos(angle), 400 + 200 * Math.sin(angle), 200 + (n % 17), n % 5, n % 360]
    return values.map(value => value.toFixed(1)).join(',')
  })
  const before = (await frameTimes(page)).length
  const started = performance.now()
  await give(page, 'circles.csv', ['x,y,speed,turn,direction', ...lines].join('\n'))
  assert.is(await fileRead(page), 'circles.csv: 30,000 records.')
  const seconds = (performance.now() - started) / 1000
  assert.is(await figure(page, 'learned'), records)
  const frames = (await frameTimes(page)).length - before
  assert.ok(frames > 0)
  console.log(
    `${Math.round(records / seconds).toLocaleString('en')} records/s, ${(frames / seconds).toFixed(1)} frames/s`,
  )
})

test.run()
