/** Every runtime that the package is for. */
import { startChromium } from './chromium.ts'
import { startEdge } from './edge.ts'
import type { Host } from './host.ts'
import { programs, startProgram } from './program.ts'
import { startWorkerd } from './workerd.ts'

/** All of them, with the package of the folder `installed`. The first is the one that others are compared with. */
export async function startAll(installed: string): Promise<Host[]> {
  const started: Host[] = []
  for (const program of programs) started.push(await startProgram(program, installed))
  started.push(await startWorkerd(installed), await startEdge(installed), ...(await startChromium(installed)))
  return started
}
