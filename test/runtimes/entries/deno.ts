/** For Deno, with nothing but what Deno has: a question on stdin, the answer on stdout. */
import { answer } from '../shared/answer.ts'

declare const Deno: { readonly stdin: { readonly readable: ReadableStream<Uint8Array> } }

console.log(JSON.stringify(await answer(await new Response(Deno.stdin.readable).json())))
