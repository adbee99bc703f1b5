/**
 * For edge functions: a script that listens for requests. Without relaxed SIMD, which the engine of an older Node, whose
 * edge-runtime this is, does not compile ahead.
 */
import kernel from 'veto/kernels/prototype.wasm?module'
import { answer, type Question } from '../shared/answer.ts'

interface FetchEvent extends Event {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

const respond = async (request: Request) =>
  Response.json(await answer((await request.json()) as Question, { kernel }))

addEventListener('fetch', event => {
  const { request } = event as FetchEvent
  ;(event as FetchEvent).respondWith(respond(request))
})
