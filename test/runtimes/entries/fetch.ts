/** For workerd: a module with a handler. */
import kernel from 'veto/kernels/prototype.wasm'
import { relaxed } from 'veto/relaxed'
import { answer, type Question } from '../shared/answer.ts'

export default {
  async fetch(request: Request): Promise<Response> {
    return Response.json(await answer((await request.json()) as Question, { kernel, relaxed }))
  },
}
