/** The one list of families. A family that stands here is offered, tested and documented everywhere. */
export { frequency } from './frequency.ts'
export { gaussian } from './gaussian.ts'
export { prototype } from './prototype.ts'
export { rbm } from './rbm.ts'
export { sparse } from './sparse.ts'
export { tokens } from './tokens.ts'
export { unifac } from './unifac.ts'
export { unigauss } from './unigauss.ts'
