/** For edge functions: a script that listens for requests. */
import { answer, type Question } from '../shared/answer.ts'

interface FetchEvent extends Event {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

const respond = async (request: Request) => Response.json(await answer((await request.json()) as Question))

addEventListener('fetch', event => {
  const { request, respondWith } = event as FetchEvent
  respondWith.call(event, respond(request))
})
