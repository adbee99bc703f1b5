/** The stages in this process; what to load comes on standard input. */
import { readFileSync } from 'node:fs'
import { type Start, stages } from './stages.ts'

const start = JSON.parse(readFileSync(0, 'utf8')) as Start
console.log(JSON.stringify(await stages(start, () => performance.now())))
