/** For Node and Bun: a question on stdin, the answer on stdout. */
import { text } from 'node:stream/consumers'
import { answer } from '../shared/answer.ts'

console.log(JSON.stringify(await answer(JSON.parse(await text(process.stdin)))))
