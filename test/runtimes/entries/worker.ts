/** For a worker of a page: a question as a message, the answer as a message. */
import { answer, type Question } from '../shared/answer.ts'

addEventListener('message', async ({ data }: MessageEvent<Question>) => postMessage(await answer(data)))
