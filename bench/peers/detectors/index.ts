import { copod } from './copod.ts'
import { ecod } from './ecod.ts'
import { halfSpaceTrees } from './half-space-trees.ts'
import { hbos } from './hbos.ts'
import { isolationForest } from './isolation-forest.ts'
import { loda } from './loda.ts'
import { nearestNeighbours } from './nearest-neighbours.ts'
import type { PeerDetector } from './peer.ts'
import { randomCutForest } from './random-cut-forest.ts'

export type { PeerDetector } from './peer.ts'

/** Every rival detector that this repository implements itself. */
export const peers: readonly PeerDetector[] = [
  isolationForest,
  randomCutForest,
  halfSpaceTrees,
  loda,
  nearestNeighbours,
  ecod,
  copod,
  hbos,
]
