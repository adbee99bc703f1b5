import { Writable } from 'node:stream'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openProgress } from '../../cli/io/progress.ts'
import { grouped, Report } from '../../cli/io/report.ts'
import { visible } from '../../cli/io/terminal.ts'
import { excerpt } from '../../pipeline/ndjson/excerpt.ts'

function collected(options = {}) {
  const lines: string[] = []
  return { report: new Report(text => lines.push(text), options), lines }
}

test('nothing that a line holds can act on the terminal', () => {
  const { report, lines } = collected()
  report.reject({
    line: 3,
    reason: 'expected peace, got',
    excerpt: '\u001b]0;x\u0007\r\n\u202e\u009b1m\ud800é',
  })
  assert.is(
    lines[0],
    'veto: line 3: expected peace, got: \\u001b]0;x\\u0007\\u000d\\u000a\\u202e\\u009b1m\\ud800é\n',
  )
  assert.is(visible('\u{e0001}'), '\\u{e0001}')
})

test('an excerpt is short', () => {
  assert.is(excerpt('x'.repeat(61)), `${'x'.repeat(60)}…`)
  assert.is(excerpt(`${'x'.repeat(60)}\r`), 'x'.repeat(60))
})

test('rejected lines are all printed; notices once a field and kind, remarks ten times', () => {
  const { report, lines } = collected()
  for (let line = 1; line <= 20; line++) {
    report.line = line
    report.reject({ line, reason: 'no', excerpt: '' })
    report.notice({ code: 'nested', field: 'a', message: 'nested a' })
    report.notice({ code: 'kind', field: 'a', message: 'kind a' })
    report.notice({ code: 'nested', field: 'b', message: 'nested b' })
    report.remark({ key: 'columns', line, message: 'columns' })
  }
  const count = (part: string) => lines.filter(line => line.includes(part)).length
  assert.equal(
    [count(': no'), count('nested a'), count('kind a'), count('nested b'), count('columns')],
    [20, 1, 1, 1, 10],
  )
  assert.equal([report.rejected, report.notices], [20, 80])
  assert.match(lines.findLast(line => line.includes('columns')) ?? '', /more of these are only counted/)
})

test('a record that is looked at twice has its notices once', () => {
  const { report } = collected()
  for (report.line = 1; report.line <= 3; report.line++) {
    for (let look = 0; look < 2; look++) report.notice({ code: 'kind', field: 'a', message: 'm' })
  }
  assert.is(report.notices, 3)
})

test('a stream of ever new fields does not fill the memory of the report', () => {
  const { report, lines } = collected()
  for (let index = 0; index < 5000; index++)
    report.notice({ code: 'nested', field: `field ${index}`, message: 'm' })
  assert.is(lines.length, 1000)
  assert.is(report.notices, 5000)
})

test('the summary counts everything', () => {
  const { report, lines } = collected()
  Object.assign(report, { records: 1234567, alarms: 1, rejected: 2, notices: 0 })
  report.summary(2)
  assert.equal(lines, [
    'veto: 1,234,567 records, 1 alarm, 2 rejected lines, 0 notices, 2.0 s, 617,284 records/s\n',
  ])
  assert.equal([0, 999, 1000, 1e6].map(grouped), ['0', '999', '1,000', '1,000,000'])
})

test('quiet keeps rejected lines and errors only', () => {
  const { report, lines } = collected({ quiet: true })
  report.summary(1)
  report.say('hello')
  report.notice({ code: 'kind', field: 'a', message: 'm' })
  report.reject({ line: 1, reason: 'no', excerpt: '' })
  report.error('fatal')
  assert.equal(lines, ['veto: line 1: no: \n', 'veto: fatal\n'])
})

test('color marks the name alone', () => {
  const { report, lines } = collected({ color: true })
  report.reject({ line: 1, reason: 'no', excerpt: '' })
  assert.is(lines[0], '\u001b[31mveto:\u001b[0m line 1: no: \n')
})

function terminal(isTTY: boolean) {
  let text = ''
  const stream = new Writable({
    write(chunk, _, done) {
      text += chunk
      done()
    },
  }) as Writable & { isTTY?: boolean; columns: number }
  stream.isTTY = isTTY
  // What cli-progress asks of a terminal beyond writing.
  Object.assign(stream, { columns: 80, cursorTo: () => {}, clearLine: () => {} })
  return { stream, text: () => text }
}

test('progress is drawn on a terminal only, and not when quiet', () => {
  const { report } = collected()
  report.records = 1500
  for (const [isTTY, quiet] of [
    [true, false],
    [true, true],
    [false, false],
  ]) {
    const { stream, text } = terminal(isTTY)
    const progress = openProgress(stream, 1000, quiet)
    progress.update(500, report)
    progress.stop()
    assert.is(/1,500 records/.test(text()), isTTY && !quiet)
    assert.is(progress.prefix !== '', isTTY && !quiet)
  }
})

test.run()
