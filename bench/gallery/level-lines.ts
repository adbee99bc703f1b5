/** Level lines of a density over the plane: marching squares. */

/** A grid of `points` × `points` places, from −reach to reach in both directions. */
export interface Plane {
  readonly reach: number
  readonly points: number
}

type Point = readonly [number, number]

/** A line on which the masses have the level of that number, point after point. */
export interface LevelLine {
  readonly level: number
  readonly points: readonly Point[]
}

/** All places, back to back: x, y. */
export function placesOf({ reach, points }: Plane): Float32Array {
  const at = (i: number) => -reach + (2 * reach * i) / (points - 1)
  return Float32Array.from({ length: 2 * points * points }, (_, n) => {
    const place = n >> 1
    return n % 2 ? at(Math.floor(place / points)) : at(place % points)
  })
}

/** Masses of the places from their energies: they add up to one. */
export function massesOf(energies: Float32Array): Float64Array {
  const least = energies.reduce((least, energy) => Math.min(least, energy))
  const masses = Float64Array.from(energies, energy => Math.exp(least - energy))
  const total = masses.reduce((sum, mass) => sum + mass, 0)
  return masses.map(mass => mass / total)
}

/** The masses above which a share of the whole lies. */
export function levelsOf(masses: Float64Array, shares: readonly number[]): number[] {
  const sorted = masses.slice().sort().reverse()
  return shares.map(share => {
    let sum = 0
    for (const mass of sorted) {
      sum += mass
      if (sum >= share) return mass
    }
    return 0
  })
}

/** The lines on which the masses have one of these levels. */
export function levelLines(plane: Plane, masses: Float64Array, levels: readonly number[]): LevelLine[] {
  return levels.flatMap((height, level) =>
    joined(piecesOf(plane, masses, height)).map(points => ({ level, points })),
  )
}

/** Where a line crosses each square of the grid: pieces from side to side. */
function piecesOf(plane: Plane, masses: Float64Array, height: number): [Point, Point][] {
  const { points } = plane
  const places = placesOf(plane)
  const crossing = (from: number, to: number): Point => {
    const share = (height - masses[from]) / (masses[to] - masses[from])
    const at = (axis: number) =>
      Number((places[2 * from + axis] + share * (places[2 * to + axis] - places[2 * from + axis])).toFixed(3))
    return [at(0), at(1)]
  }
  const pieces: [Point, Point][] = []
  for (let row = 0; row + 1 < points; row++) {
    for (let column = 0; column + 1 < points; column++) {
      const first = row * points + column
      const corners = [first, first + 1, first + points + 1, first + points]
      const crossings = corners.flatMap((from, side) => {
        const to = corners[(side + 1) % 4]
        // From the lower number to the higher, so that neighbours agree on the point.
        return masses[from] >= height === masses[to] >= height
          ? []
          : [crossing(Math.min(from, to), Math.max(from, to))]
      })
      for (let n = 0; n + 1 < crossings.length; n += 2) pieces.push([crossings[n], crossings[n + 1]])
    }
  }
  return pieces
}

/** Pieces that meet, put together. */
function joined(pieces: readonly [Point, Point][]): Point[][] {
  const left = new Set(pieces)
  const lines: Point[][] = []
  const nextTo = (point: Point) => [...left].find(piece => piece.some(each => each.join() === point.join()))
  for (const [first, second] of pieces) {
    const start = [...left].find(piece => piece[0] === first && piece[1] === second)
    if (!start) continue
    left.delete(start)
    const line = [first, second]
    // On from its end, then back from its beginning.
    for (const turn of [0, 1]) {
      for (let next = nextTo(line[line.length - 1]); next; next = nextTo(line[line.length - 1])) {
        left.delete(next)
        const [from, to] = next
        line.push(from.join() === line[line.length - 1].join() ? to : from)
      }
      if (turn === 0) line.reverse()
    }
    lines.push(line)
  }
  return lines
}

/** One panel: points of the data and level lines over them. */
export function panel(title: string, plane: Plane, lines: readonly LevelLine[], rows: Float32Array) {
  const scale = { domain: [-plane.reach, plane.reach], nice: false }
  const data = Array.from({ length: rows.length / 2 }, (_, n) => ({
    x: Number(rows[2 * n].toFixed(2)),
    y: Number(rows[2 * n + 1].toFixed(2)),
  })).filter(({ x, y }) => Math.max(Math.abs(x), Math.abs(y)) < plane.reach)
  const axis = { title: null, tickCount: 5, grid: false }
  const encoding = (field: string) => ({ field, type: 'quantitative' as const, scale, axis })
  return {
    title: { text: title, fontWeight: 'normal' as const },
    width: 220,
    height: 220,
    layer: [
      {
        data: { values: data },
        mark: { type: 'circle' as const, size: 8, color: '#999', opacity: 0.6, aria: false },
        encoding: { x: encoding('x'), y: encoding('y') },
      },
      {
        data: {
          values: lines.flatMap(({ level, points }, line) =>
            points.map(([x, y], order) => ({ x, y, order, line, level })),
          ),
        },
        mark: { type: 'line' as const, strokeWidth: 1.3, aria: false },
        encoding: {
          x: encoding('x'),
          y: encoding('y'),
          order: { field: 'order', type: 'quantitative' as const },
          detail: { field: 'line', type: 'nominal' as const },
          color: {
            field: 'level',
            type: 'ordinal' as const,
            scale: { range: ['#08306b', '#2171b5', '#9ecae1'] },
            legend: null,
          },
        },
      },
    ],
  }
}
