/** One of several threads, each with the models of some of the keys. */
import { parentPort, workerData } from 'node:worker_threads'
import { judgeOfKeys, type KeyedJudge } from '../../pipeline/compose/worker.ts'
import { Desk } from '../desk.ts'
import { CommandError, exitCodes } from '../errors.ts'
import type { Entry } from '../io/entry.ts'
import { kernelsFor } from '../model.ts'
import { LmdbStore } from './lmdb-store.ts'
import type { Reply, Request, WorkerTask } from './messages.ts'

const task = workerData as WorkerTask
const port = parentPort as NonNullable<typeof parentPort>
let line = 0
let report = collector()

function collector() {
  const remarks: Reply['remarks'][number][] = []
  const notices: Reply['notices'][number][] = []
  return { alarms: 0, remarks, notices }
}

const store = new LmdbStore(task.folder, { readOnly: task.readOnly })
const judge: KeyedJudge = judgeOfKeys({
  ...task,
  kernels: kernelsFor(task),
  store,
  onNotice: notice => report.notices.push({ line, notice }),
})
const desk = new Desk(task.assignment, judge, {
  get alarms() {
    return report.alarms
  },
  set alarms(count) {
    report.alarms = count
  },
  remark: remark => report.remarks.push(remark),
})
if (task.dialect) desk.header(task.dialect)

function answer(entries: readonly Entry[]): string[] {
  return entries.map(entry => {
    line = entry.line
    return desk.answer(entry)
  })
}

function textsFor(request: Request): string[] {
  if (request.kind === 'answer') return answer(request.entries)
  if (request.kind === 'committed') store.refresh()
  else {
    judge.flush()
    store.prepare()
  }
  return []
}

function replyTo(request: Request): Reply {
  report = collector()
  try {
    const texts = textsFor(request)
    return { ...report, texts, counts: judge.counts }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const exitCode = error instanceof CommandError ? error.exitCode : exitCodes.internal
    return { ...report, texts: [], counts: judge.counts, failure: { message, exitCode } }
  }
}

port.on('message', (request: Request) => port.postMessage(replyTo(request)))
