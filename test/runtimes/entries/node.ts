/** For Node and Bun: a question on stdin, the answer on stdout. */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { relaxed } from 'veto/relaxed'
import { answer } from '../shared/answer.ts'

const binary = readFileSync(new URL(import.meta.resolve('veto/kernels/prototype.wasm')))
const kernel = new WebAssembly.Module(binary)
console.log(JSON.stringify(await answer(JSON.parse(await text(process.stdin)), { kernel, relaxed })))
