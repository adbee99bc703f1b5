/** Every runtime that the package is for. */
import { startChromium } from './chromium.ts'
import { startEdge } from './edge.ts'
import type { Host } from './host.ts'
import { programs, startProgram } from './program.ts'
import { startWorkerd } from './workerd.ts'

/** All of them, with the package of the folder `installed`. The first is the one that others are compared with. */
export async function startAll(installed: string): Promise<Host[]> {
  const started = await Promise.all([
    ...programs.map(program => startProgram(program, installed)),
    startWorkerd(installed),
    startEdge(installed),
    startChromium(installed),
  ])
  return started.flat()
}
