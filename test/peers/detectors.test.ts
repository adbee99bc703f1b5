/** What every rival detector must do, whoever it is. */
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { peers } from '../../bench/peers/detectors/index.ts'
import { standardNormal } from '../../bench/peers/detectors/sampling.ts'
import { uniforms } from '../../fixtures/random.ts'

/** Four normal fields and a constant one; every 40th row from the 60th on lies some 6 deviations out, on either side. */
function planted(count: number) {
  const uniform = uniforms(7)
  const isOutlier = (index: number) => index >= 60 && index % 40 === 0
  const rows = Array.from({ length: count }, (_, index) => {
    const row = Float64Array.from({ length: 5 }, () => standardNormal(uniform))
    if (isOutlier(index)) for (let field = 0; field < 4; field++) row[field] += uniform() < 0.5 ? -6 : 6
    row[4] = 3
    return row
  })
  return { rows, isOutlier }
}

/** Share of pairs of an outlier and a normal row that the scores put in order, from row 40 on. */
function areaUnderCurve(scores: Float64Array, isOutlier: (index: number) => boolean): number {
  const indices = Array.from(scores.keys()).slice(40)
  const normal = indices.filter(index => !isOutlier(index)).map(index => scores[index])
  const outliers = indices.filter(isOutlier).map(index => scores[index])
  const wins = outliers.map(
    outlier =>
      normal.filter(score => score < outlier).length + normal.filter(score => score === outlier).length / 2,
  )
  return wins.reduce((sum, won) => sum + won, 0) / (outliers.length * normal.length)
}

const { rows, isOutlier } = planted(400)

const untouched = rows.map(row => row.slice())
/** Scores of the planted rows, for the tests that need no others. */
const first = new Map(peers.map(peer => [peer.name, peer.scores(rows, 1)]))

for (const peer of peers) {
  test(`${peer.name} ranks planted outliers first`, () => {
    const area = areaUnderCurve(first.get(peer.name)!, isOutlier)
    assert.ok(area > 0.9, `AUC ${area}`)
  })

  test(`${peer.name} gives the same scores for the same seed and leaves the rows as they are`, () => {
    assert.equal(peer.scores(rows, 1), first.get(peer.name))
    assert.equal(rows, untouched)
  })

  test(`${peer.name} survives few, equal and empty rows`, () => {
    for (const count of [0, 1, 2, 3]) allFinite(peer.scores(rows.slice(0, count), 1), count)
    for (const width of [0, 1, 3]) {
      const equal = Array.from({ length: 260 }, () => new Float64Array(width).fill(-2))
      allFinite(peer.scores(equal, 1), 260)
    }
  })

  test(`${peer.name} minds neither shifted nor stretched fields`, () => {
    // By powers of two, so that no rounding moves a value across a cut.
    const moved = rows.map(row => row.map((value, field) => value * 2 ** (10 * field)))
    const area = areaUnderCurve(peer.scores(moved, 1), isOutlier)
    assert.ok(area > 0.9, `AUC ${area}`)
  })
}

for (const peer of peers.filter(each => each.online)) {
  test(`${peer.name} scores a row before it knows the rows after it`, () => {
    const some = rows.slice(0, 280)
    assert.equal(peer.scores(some, 1), first.get(peer.name)!.slice(0, 280))
  })

  test(`${peer.name} notices a constant field that wakes up`, () => {
    const woken = rows.slice(0, 300).map(row => Float64Array.of(row[0], 1))
    woken[299] = Float64Array.of(0, 40)
    const scores = peer.scores(woken, 1)
    assert.ok(scores[299] >= Math.max(...scores.subarray(40, 299)), `${scores[299]}`)
  })
}

function allFinite(scores: Float64Array, count: number): void {
  assert.is(scores.length, count)
  assert.ok(scores.every(Number.isFinite), `${scores}`)
}

test.run()
