/** For a worker of a page: a question as a message, the answer as a message. */
import { relaxed } from 'veto/relaxed'
import { answer, type Question } from '../shared/answer.ts'

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  const kernel = await WebAssembly.compileStreaming(fetch('/prototype.wasm'))
  postMessage(await answer(data, { kernel, relaxed }))
})
