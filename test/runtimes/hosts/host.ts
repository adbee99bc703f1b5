/** A runtime that has the package installed and answers questions. */
import { join } from 'node:path'
import { bundle, root } from '../parts.ts'
import type { Answer, Question } from '../shared/answer.ts'

export interface Host {
  /** As in the names of tests: `Node 22`. */
  readonly name: string
  ask(question: Question): Promise<Answer>
  stop(): Promise<void>
}

/**
 * The suite as a program in the folder that the package is installed in; its path. The suite's own files become one; the
 * package and RxJS stay imports, which are looked up from that folder as those of any program.
 */
export async function writeSuite(folder: string, entry: string): Promise<string> {
  const outfile = join(folder, `${entry}.js`)
  const external = ['veto', 'veto/*', 'rxjs', 'node:*', '*.wasm', '*?module']
  await bundle({ entryPoints: [`${root}test/runtimes/entries/${entry}.ts`], outfile, external })
  return outfile
}
