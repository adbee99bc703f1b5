/** Chromium: a page, and a worker of modules in it, under a policy that allows no code but the page's own files. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, chromium as engine, type Page } from 'playwright-core'
import { bundle, chromium, chromiumFlags } from '../parts.ts'
import type { Answer, Question } from '../shared/answer.ts'
import { type Host, writeSuite } from './host.ts'

const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"

/** Serve texts by path, all under the policy. */
function serve(files: ReadonlyMap<string, string>): Promise<Server> {
  const server = createServer(({ url = '' }, response) => {
    const text = files.get(url)
    const type = url.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8'
    response.writeHead(text === undefined ? 404 : 200, {
      'content-type': type,
      'content-security-policy': policy,
    })
    response.end(text)
  })
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)))
}

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
    new Map([
      ['/', html],
      ['/page.js', await script('page', installed)],
      ['/worker.js', await script('worker', installed)],
    ]),
  )
  const browser = await engine.launch({ executablePath: chromium(), args: [...chromiumFlags] })
  const page = await open(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
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
    host('Chromium, page', 'answer', async () => {}),
    host('Chromium, worker', 'answerInWorker', async () => {
      await browser.close()
      server.close()
    }),
  ]
}
