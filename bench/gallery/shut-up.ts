/** One expert of a product of hidden Markov models, as in figure 12 of Hinton 2002: what "shut" calls for. */
import { SHUT, UP, WORDS } from '../../fixtures/phrases.ts'
import { type Expert, machineOf } from '../../test/reference/hmm.ts'
import { waitingState } from '../acceptance/hmm.ts'
import { learnPhrases } from '../phrases.ts'
import type { Figure } from './figure.ts'

const [WIDTH, HEIGHT] = [760, 520]
/** A state as a box. */
const BOX = { width: 190, height: 138 }
/** Words that are shown, and what of a transition is. */
const SHOWN = 5
const LEAST = 0.03

interface Box {
  readonly state: number
  readonly title: string
  readonly x: number
  readonly y: number
}

/** The states in their places: what is before, "shut", what waits, and "up". */
function boxesOf({ emission }: Expert, waiting: number): Box[] {
  const states = emission.map((_, k) => k).filter(k => k !== waiting)
  const showing = (word: number) =>
    states.reduce((best, k) => (emission[k][word] > emission[best][word] ? k : best))
  const [shut, up] = [showing(SHUT), showing(UP)]
  const idle = states.find(k => k !== shut && k !== up) ?? states[0]
  return [
    { state: idle, title: 'before', x: 20, y: 191 },
    { state: shut, title: '“shut”', x: 285, y: 20 },
    { state: waiting, title: 'waiting', x: 550, y: 191 },
    { state: up, title: '“up”', x: 285, y: 362 },
  ]
}

const percent = (p: number) => (p >= 0.995 ? '1.00' : p.toFixed(2))

/** Bars and words of a box, the likeliest word first. */
function wordsOf({ emission }: Expert, { state, x, y }: Box) {
  const ranked = emission[state].map((p, word) => ({ p, word })).sort((a, b) => b.p - a.p)
  return ranked.slice(0, SHOWN).map(({ p, word }, i) => ({
    word: WORDS[word],
    share: percent(p),
    x: x + 62,
    x2: x + 62 + Math.max(1, 84 * p),
    y: y + 42 + 19 * i,
    y2: y + 54 + 19 * i,
    middle: y + 48 + 19 * i,
    left: x + 56,
    right: x + BOX.width - 8,
    kind: word === SHUT || word === UP ? 'called' : 'other',
  }))
}

const centre = ({ x, y }: Box) => [x + BOX.width / 2, y + BOX.height / 2]

/** Where the line from the centre of a box towards a point leaves it, with a gap. */
function edge(box: Box, towards: readonly number[]): number[] {
  const [cx, cy] = centre(box)
  const [dx, dy] = [towards[0] - cx, towards[1] - cy]
  const share = Math.min(
    (BOX.width / 2 + 6) / Math.max(Math.abs(dx), 1e-9),
    (BOX.height / 2 + 6) / Math.max(Math.abs(dy), 1e-9),
  )
  return [cx + share * dx, cy + share * dy]
}

/** An arrow beside the line between two boxes, so that one in the other direction has room. */
function arrow(from: Box, to: Box, p: number) {
  const [a, b] = [centre(from), centre(to)]
  const length = Math.hypot(b[0] - a[0], b[1] - a[1])
  const [sx, sy] = [(-(b[1] - a[1]) / length) * 11, ((b[0] - a[0]) / length) * 11]
  const [start, end] = [edge(from, b), edge(to, a)].map(([x, y]) => [x + sx, y + sy])
  const along = 0.42
  return {
    x: start[0],
    y: start[1],
    x2: end[0],
    y2: end[1],
    p,
    label: percent(p),
    labelX: start[0] + along * (end[0] - start[0]) + 1.9 * sx,
    labelY: start[1] + along * (end[1] - start[1]) + 1.5 * sy,
    // A triangle points up; angles are clockwise.
    angle: (Math.atan2(end[0] - start[0], -(end[1] - start[1])) * 180) / Math.PI,
  }
}

function arrowsOf({ transition }: Expert, boxes: readonly Box[]) {
  return boxes.flatMap(from =>
    boxes
      .filter(to => to !== from && transition[from.state][to.state] >= LEAST)
      .map(to => arrow(from, to, transition[from.state][to.state])),
  )
}

const horizontal = (field: string) => ({
  field,
  type: 'quantitative',
  axis: null,
  scale: { domain: [0, WIDTH], nice: false },
})
const vertical = (field: string) => ({
  field,
  type: 'quantitative',
  axis: null,
  scale: { domain: [HEIGHT, 0], nice: false },
})
const place = (x = 'x', y = 'y') => ({ x: horizontal(x), y: vertical(y) })
const area = { ...place(), x2: { field: 'x2' }, y2: { field: 'y2' } }

export const figure: Figure = {
  name: 'shut-up',
  title: 'An expert that knows what “shut” calls for',
  async draw() {
    const product = learnPhrases()
    const { expert, state } = waitingState(product)
    const own = machineOf(product).expert(0, expert)
    product.release()
    const boxes = boxesOf(own, state)
    const frames = boxes.map(box => ({
      ...box,
      x2: box.x + BOX.width,
      y2: box.y + BOX.height,
      titleX: box.x + 10,
      titleY: box.y + 20,
      stays: `stays ${percent(own.transition[box.state][box.state])}`,
      right: box.x + BOX.width - 8,
    }))
    const words = boxes.flatMap(box => wordsOf(own, box))
    const arrows = arrowsOf(own, boxes)
    const text = (values: object[], x: string, y: string, field: string, mark: object) => ({
      data: { values },
      mark: { type: 'text', baseline: 'middle', fontSize: 12, ...mark },
      encoding: { ...place(x, y), text: { field } },
    })
    return {
      width: WIDTH,
      height: HEIGHT,
      view: { stroke: null },
      layer: [
        {
          data: { values: arrows },
          mark: { type: 'rule', color: '#888' },
          encoding: {
            ...area,
            size: {
              field: 'p',
              type: 'quantitative',
              scale: { domain: [0, 1], range: [0.8, 5] },
              legend: null,
            },
          },
        },
        {
          data: { values: arrows },
          mark: { type: 'point', shape: 'triangle', filled: true, size: 110, color: '#555', opacity: 1 },
          encoding: {
            ...place('x2', 'y2'),
            angle: { field: 'angle', type: 'quantitative', scale: { domain: [0, 360], range: [0, 360] } },
          },
        },
        text(arrows, 'labelX', 'labelY', 'label', { color: '#333' }),
        {
          data: { values: frames },
          mark: { type: 'rect', fill: 'white', stroke: '#333', cornerRadius: 6 },
          encoding: area,
        },
        text(frames, 'titleX', 'titleY', 'title', { align: 'left', fontSize: 14, fontWeight: 'bold' }),
        text(frames, 'right', 'titleY', 'stays', { align: 'right', color: '#555' }),
        {
          data: { values: words },
          mark: { type: 'rect' },
          encoding: {
            ...area,
            color: {
              field: 'kind',
              type: 'nominal',
              scale: { domain: ['called', 'other'], range: ['#d95f02', '#7f9fbf'] },
              legend: null,
            },
          },
        },
        text(words, 'left', 'middle', 'word', { align: 'right' }),
        text(words, 'right', 'middle', 'share', { align: 'right', color: '#555' }),
      ],
    } as Awaited<ReturnType<Figure['draw']>>
  },
}
