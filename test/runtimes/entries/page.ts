/** For a page: what the test calls. `answerInWorker` asks a worker of modules that answers in the same way. */
import { relaxed } from 'veto/relaxed'
import { type Answer, answer, type Question } from '../shared/answer.ts'

const answerInPage = async (question: Question): Promise<Answer> =>
  answer(question, { kernel: await WebAssembly.compileStreaming(fetch('/prototype.wasm')), relaxed })

function answerInWorker(question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.postMessage(question)
  })
}

Object.assign(globalThis, { answerInPage, answerInWorker })
