/** For Deno, with nothing but what Deno has: a question on stdin, the answer on stdout. */
import { relaxed } from 'veto/relaxed'
import { answer } from '../shared/answer.ts'

declare const Deno: {
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> }
  readFileSync(path: URL): Uint8Array<ArrayBuffer>
}

const binary = Deno.readFileSync(new URL(import.meta.resolve('veto/kernels/prototype.wasm')))
const kernel = new WebAssembly.Module(binary)
console.log(JSON.stringify(await answer(await new Response(Deno.stdin.readable).json(), { kernel, relaxed })))
