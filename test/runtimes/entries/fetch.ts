/** For workerd: a module with a handler. */
import { answer, type Question } from '../shared/answer.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await answer((await request.json()) as Question))
  },
}
