/** Where a run of the command line spent its time, from the samples that V8 takes of its stack (`node --cpu-prof`). */

/** As V8 writes it (Chrome DevTools protocol, Profiler.Profile), as far as it is needed here. */
export interface Profile {
  readonly nodes: readonly ProfileNode[]
  /** Ids of the nodes that were on top of the stack. */
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

interface ProfileNode {
  readonly id: number
  readonly callFrame: { readonly functionName: string; readonly url: string }
  readonly children?: readonly number[]
}

export type Part = (typeof parts)[number][0] | 'garbage collection' | 'start and the rest'

/** Who a function of the compiled program works for, the first that fits. */
const parts = [
  ['kernel', /^wasm:/],
  ['output', /\/cli\/io\/(ndjson-writer|writer|sink)\.js$/],
  ['parsing', /\/cli\/io\//],
  ['encoding', /\/pipeline\/(encoders\/.*|layout)\.js$/],
  ['detector around them', /\/pipeline\//],
] as const

/**
 * The share of the time in each part, the largest first. What has no place of its own, such as JSON.parse and streams of
 * Node, counts for the nearest caller that has one.
 */
export function shares({ nodes, samples, timeDeltas }: Profile): Map<Part, number> {
  const partOfNode = new Map<number, Part>()
  const byId = new Map(nodes.map(node => [node.id, node]))
  const visit = (node: ProfileNode, inherited: Part) => {
    const part = partOf(node, inherited)
    partOfNode.set(node.id, part)
    for (const child of node.children ?? []) visit(byId.get(child)!, part)
  }
  visit(nodes[0], 'start and the rest')
  const times = new Map<Part, number>()
  let whole = 0
  for (const [n, id] of samples.entries()) {
    const part = partOfNode.get(id)!
    times.set(part, (times.get(part) ?? 0) + timeDeltas[n])
    whole += timeDeltas[n]
  }
  return new Map(
    [...times].map(([part, time]) => [part, time / whole] as const).sort(([, a], [, b]) => b - a),
  )
}

function partOf({ callFrame: { functionName, url } }: ProfileNode, inherited: Part): Part {
  if (functionName === '(garbage collector)') return 'garbage collection'
  return parts.find(([, place]) => place.test(url))?.[0] ?? inherited
}
