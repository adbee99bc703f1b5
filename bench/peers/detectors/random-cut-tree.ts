/**
 * One robust random cut tree (Guha, Mishra, Roy, Schrijvers: "Robust Random Cut Forest Based Anomaly Detection on
 * Streams", ICML 2016): a binary tree over points whose cuts fall in a field with probability proportional to the range
 * of that field in the node's bounding box. Inserting and deleting keep that distribution (their algorithms 2 and 1).
 */
const none = -1

export class RandomCutTree {
  private root = none
  private readonly left: Int32Array
  private readonly right: Int32Array
  private readonly parent: Int32Array
  private readonly cutField: Int32Array
  private readonly cutValue: Float64Array
  /** Points below each node; equal points share a leaf. */
  private readonly mass: Int32Array
  /** Bounding box of the points below each node; both corners of a leaf are its point itself. */
  private readonly low: Float64Array[] = []
  private readonly high: Float64Array[] = []
  private readonly free: number[] = []
  private readonly uniform: () => number

  constructor(capacity: number, uniform: () => number) {
    const nodes = 2 * capacity - 1
    this.left = new Int32Array(nodes).fill(none)
    this.right = new Int32Array(nodes).fill(none)
    this.parent = new Int32Array(nodes).fill(none)
    this.cutField = new Int32Array(nodes)
    this.cutValue = new Float64Array(nodes)
    this.mass = new Int32Array(nodes)
    for (let node = nodes - 1; node >= 0; node--) this.free.push(node)
    this.uniform = uniform
  }

  /** Add a point, which the tree keeps and nobody may change; its leaf, to be deleted by. The capacity must suffice. */
  insert(point: Float64Array): number {
    if (this.root === none) {
      this.root = this.newLeaf(point)
      return this.root
    }
    let node = this.root
    while (!this.draw(node, point)) {
      if (this.left[node] !== none) node = this.childTowards(node, point)
      else if (isEqual(this.low[node], point)) {
        this.addMass(node, 1)
        return node
      }
    }
    return this.partFrom(node, point)
  }

  /** Take away one point of a leaf. */
  delete(leaf: number): void {
    this.addMass(leaf, -1)
    if (this.mass[leaf] > 0) return
    const parent = this.parent[leaf]
    this.free.push(leaf)
    if (parent === none) {
      this.root = none
      return
    }
    const sibling = this.left[parent] === leaf ? this.right[parent] : this.left[parent]
    this.replace(parent, sibling)
    this.free.push(parent)
    for (let node = this.parent[sibling]; node !== none; node = this.parent[node]) this.fitBox(node)
  }

  /**
   * The anomaly score of AWS's implementation for a point that is not in the tree: the expectation of 1 / (depth + 1)
   * of the place where inserting it would put it, over the cuts that insertion would draw. A point equal to a leaf of
   * mass k gets 1 / (depth + log2(k + 1)), damped by 1 − k / (2n); all times log2(n + 1).
   */
  score(point: Float64Array): number {
    if (this.root === none) return 0
    const points = this.mass[this.root]
    let reached = 1
    let expected = 0
    let depth = 0
    let node = this.root
    for (; this.left[node] !== none; depth++) {
      const parted = this.probabilityOfParting(node, point)
      expected += (reached * parted) / (depth + 1)
      reached *= 1 - parted
      if (reached <= 0) break
      node = this.childTowards(node, point)
    }
    if (reached > 0) expected += reached * this.leafScore(node, depth, point, points)
    return expected * Math.log2(points + 1)
  }

  /** Every node from the root, children after parents: its mass and corners. For tests. */
  *boxes(node = this.root): Generator<{ mass: number; low: number[]; high: number[]; isLeaf: boolean }> {
    if (node === none) return
    const isLeaf = this.left[node] === none
    yield { mass: this.mass[node], low: [...this.low[node]], high: [...this.high[node]], isLeaf }
    if (isLeaf) return
    yield* this.boxes(this.left[node])
    yield* this.boxes(this.right[node])
  }

  private leafScore(leaf: number, depth: number, point: Float64Array, points: number): number {
    if (!isEqual(this.low[leaf], point)) return 1 / (depth + 1)
    const mass = this.mass[leaf]
    return (1 - mass / (2 * points)) / (depth + Math.log2(mass + 1))
  }

  /** How much of the box stretched to the point lies outside the box: the share of cuts that part the two. */
  private probabilityOfParting(node: number, point: Float64Array): number {
    const low = this.low[node]
    const high = this.high[node]
    let outside = 0
    let within = 0
    for (let field = 0; field < point.length; field++) {
      const value = point[field]
      if (value < low[field]) outside += low[field] - value
      else if (value > high[field]) outside += value - high[field]
      within += high[field] - low[field]
    }
    return outside > 0 ? outside / (outside + within) : 0
  }

  private drawnField = 0
  private drawnValue = 0

  /** Draw a cut of the node's box stretched to the point, into `drawnField` and `drawnValue`: does it part the two? */
  private draw(node: number, point: Float64Array): boolean {
    const low = this.low[node]
    const high = this.high[node]
    let rest = 0
    for (let field = 0; field < point.length; field++)
      rest += Math.max(high[field], point[field]) - Math.min(low[field], point[field])
    rest *= this.uniform()
    for (let field = 0; field < point.length; field++) {
      const from = Math.min(low[field], point[field])
      const to = Math.max(high[field], point[field])
      if (rest >= to - from) {
        rest -= to - from
        continue
      }
      this.drawnField = field
      this.drawnValue = from + rest
      return (
        (point[field] <= this.drawnValue && this.drawnValue < low[field]) ||
        (high[field] <= this.drawnValue && this.drawnValue < point[field])
      )
    }
    return false // the point equals all points of the node, or rounding used up the last range
  }

  /** Put a cut, the one drawn, above the node, with the point on its other side. */
  private partFrom(node: number, point: Float64Array): number {
    const leaf = this.newLeaf(point)
    const cut = this.newNode()
    this.cutField[cut] = this.drawnField
    this.cutValue[cut] = this.drawnValue
    this.replace(node, cut)
    const isLeft = point[this.drawnField] <= this.drawnValue
    this.left[cut] = isLeft ? leaf : node
    this.right[cut] = isLeft ? node : leaf
    this.parent[leaf] = cut
    this.parent[node] = cut
    this.mass[cut] = this.mass[node]
    this.low[cut] = new Float64Array(point.length)
    this.high[cut] = new Float64Array(point.length)
    this.fitBox(cut)
    this.addMass(cut, 1)
    for (let above = this.parent[cut]; above !== none; above = this.parent[above]) this.stretch(above, point)
    return leaf
  }

  private childTowards(node: number, point: Float64Array): number {
    return point[this.cutField[node]] <= this.cutValue[node] ? this.left[node] : this.right[node]
  }

  /** Hang `heir` where `node` hung. */
  private replace(node: number, heir: number): void {
    const parent = this.parent[node]
    this.parent[heir] = parent
    if (parent === none) this.root = heir
    else if (this.left[parent] === node) this.left[parent] = heir
    else this.right[parent] = heir
  }

  private addMass(node: number, change: number): void {
    for (let above = node; above !== none; above = this.parent[above]) this.mass[above] += change
  }

  private stretch(node: number, point: Float64Array): void {
    const low = this.low[node]
    const high = this.high[node]
    for (let field = 0; field < point.length; field++) {
      if (point[field] < low[field]) low[field] = point[field]
      if (point[field] > high[field]) high[field] = point[field]
    }
  }

  /** The box of a node from those of its children. */
  private fitBox(node: number): void {
    this.low[node].set(this.low[this.left[node]])
    this.high[node].set(this.high[this.left[node]])
    this.stretch(node, this.low[this.right[node]])
    this.stretch(node, this.high[this.right[node]])
  }

  private newNode(): number {
    const node = this.free.pop()
    if (node === undefined) throw new RangeError('The tree is full: delete a point before inserting another.')
    return node
  }

  private newLeaf(point: Float64Array): number {
    const leaf = this.newNode()
    this.left[leaf] = none
    this.right[leaf] = none
    this.parent[leaf] = none
    this.mass[leaf] = 1
    this.low[leaf] = point
    this.high[leaf] = point
    return leaf
  }
}

const isEqual = (a: Float64Array, b: Float64Array): boolean => a.every((value, field) => value === b[field])
