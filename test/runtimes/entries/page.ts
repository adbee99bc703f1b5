/** For a page: what the test calls. `answerInWorker` asks a worker of modules that runs the same file. */
import { type Answer, answer, type Question } from '../shared/answer.ts'

function answerInWorker(question: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker('/worker.js', { type: 'module' })
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message))
    worker.postMessage(question)
  })
}

Object.assign(globalThis, { answer, answerInWorker })
