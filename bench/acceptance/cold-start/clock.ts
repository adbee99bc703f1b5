/** The clocks that a host can read for workerd, whose own stands still while it computes. Milliseconds. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export const wallTime = (): number => performance.now()

/** Linux says in nanoseconds for how long a thread has run. */
export const canCount = existsSync('/proc/self/schedstat')

/** Processes that this one has started. */
function children(): string[] {
  const tasks = readdirSync('/proc/self/task')
  return tasks
    .flatMap(task => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
    .filter(Boolean)
}

/**
 * How long the busiest thread of the only workerd has run, which is the one of the isolate: what others do on the machine
 * counts little.
 */
export function processorTime(): number {
  const workerd = children().find(child => readFileSync(`/proc/${child}/comm`, 'utf8').startsWith('workerd'))
  const threads = readdirSync(`/proc/${workerd}/task`)
  const nanoseconds = threads.map(thread =>
    Number(readFileSync(`/proc/${workerd}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
  )
  return Math.max(...nanoseconds) / 1e6
}
