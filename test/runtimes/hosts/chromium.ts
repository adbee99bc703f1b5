/** Chromium: a page, and a worker of modules in it, under a policy that allows no code but the page's own files. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium as engine, type Page } from 'playwright-core'
import { bundle, chromium, chromiumFlags } from '../parts.ts'
import type { Answer, Question } from '../shared/answer.ts'
import { type Host, writeSuite } from './host.ts'
import { serve } from './pages.ts'

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

async function script(entry: 'page' | 'worker', installed: string): Promise<string> {
  const { outputFiles } = await bundle({ entryPoints: [await writeSuite(installed, entry)], write: false })
  return outputFiles![0].text
}

async function open(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage()
  const refused: string[] = []
  page.on('console', message => message.type() === 'error' && refused.push(message.text()))
  page.on('pageerror', error => refused.push(error.message))
  await page.goto(url)
  if (refused.length > 0) throw new Error(`The page reported: ${refused.join('; ')}`)
  return page
}

/** Both hosts: the page, and a worker in it. */
export async function startChromium(installed: string): Promise<Host[]> {
  const html = '<!doctype html><title>Veto</title><script type="module" src="/page.js"></script>'
  const server = await serve(
    new Map<string, string | Uint8Array>([
      ['/', html],
      ['/page.js', await script('page', installed)],
      ['/worker.js', await script('worker', installed)],
      ['/prototype.wasm', readFileSync(join(installed, 'node_modules/veto/dist/kernels/prototype.wasm'))],
    ]),
    policy,
  )
  const browser = await engine.launch({ executablePath: chromium(), args: [...chromiumFlags] })
  const page = await open(browser, server.url)
  const host = (name: string, method: string, stop: () => Promise<void>): Host => ({
    name,
    ask: async (question: Question) =>
      JSON.parse(
        await page.evaluate(
          async ([method, question]) => {
            const ask = Reflect.get(globalThis, method) as (question: unknown) => Promise<unknown>
            return JSON.stringify(await ask(JSON.parse(question)))
          },
          [method, JSON.stringify(question)],
        ),
      ) as Answer,
    stop,
  })
  return [
    host('Chromium, page', 'answerInPage', async () => {}),
    host('Chromium, worker', 'answerInWorker', async () => {
      await browser.close()
      server.close()
    }),
  ]
}
