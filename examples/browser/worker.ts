/** The detector, in a thread of its own: whatever it costs, the page goes on drawing. */
import { type DataRecord, Detector, type DetectorOptions } from 'veto'
import type { Alarm, Answer, Request, Verdicts } from './messages.ts'

/** Reasons are most of what a record costs, and only those of alarms are shown. */
const REASONS: DetectorOptions = { why: 3, explain: 'anomalies' }

let alpha = 0.001
let learning = true
let detector = new Detector({ ...REASONS, alpha })
/** Records since the stream began; those that were only scored count as well. */
let seen = 0

function replace(next: Detector): void {
  detector.release()
  detector = next
}

function observe(records: readonly DataRecord[]): Verdicts {
  const scores = new Float64Array(records.length).fill(Number.NaN)
  const ps = new Float64Array(records.length).fill(Number.NaN)
  const alarms: Alarm[] = []
  const first = seen + 1
  for (const [index, record] of records.entries()) {
    const { score, p, anomaly, why } = learning ? detector.observe(record) : detector.scoreOne(record)
    seen++
    if (score !== null) scores[index] = score
    if (p !== null) ps[index] = p
    if (anomaly && score !== null && p !== null) alarms.push({ record: seen, score, p, why })
  }
  return { kind: 'verdicts', first, scores, ps, alpha, alarms, learned: detector.learned }
}

function score(records: readonly DataRecord[]): Answer {
  const scores = Float64Array.from(records, record => detector.scoreOne(record).score ?? Number.NaN)
  return { kind: 'scores', scores }
}

/** An option of a detector is given when it is made: the same detector is loaded again with the new one. */
function setAlpha(next: number): void {
  alpha = next
  replace(Detector.load(detector.save(), { ...REASONS, alpha }))
}

function answer(request: Request): Answer {
  switch (request.kind) {
    case 'observe':
      return observe(request.records)
    case 'score':
      return score(request.records)
    case 'save':
      return { kind: 'file', file: detector.save() }
    case 'learn':
      learning = request.on
      break
    case 'alpha':
      setAlpha(request.alpha)
      break
    case 'begin':
      replace(new Detector({ ...REASONS, alpha }))
      seen = 0
      break
    case 'load':
      replace(Detector.load(request.file, { ...REASONS, alpha }))
      seen = 0
  }
  return { kind: 'done', learned: detector.learned }
}

/** What is moved to the page instead of copied. */
function buffersOf(answer: Answer): ArrayBuffer[] {
  if (answer.kind === 'verdicts') return [answer.scores.buffer, answer.ps.buffer]
  if (answer.kind === 'scores') return [answer.scores.buffer]
  return answer.kind === 'file' ? [answer.file.buffer] : []
}

function answerOrFailure(request: Request): Answer {
  try {
    return answer(request)
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
}

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  const answer = answerOrFailure(data)
  postMessage(answer, { transfer: buffersOf(answer) })
})
