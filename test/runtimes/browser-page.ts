/** The page of examples/browser/: built as its README says, served under a strict policy, and watched while it is open. */
import { cpSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { type BrowserContextOptions, chromium as engine, type Page } from 'playwright-core'
import { chromium, chromiumFlags, emptyFolder, installPackage, root, run } from './parts.ts'

const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; worker-src 'self'; img-src 'self' data:; connect-src 'self'"

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** Install the package into a copy of the example and build that; where the page is. VETO_PAGE: one built before. */
function buildPage(): string {
  if (process.env.VETO_PAGE) return process.env.VETO_PAGE
  const folder = emptyFolder('page')
  const example = join(folder, 'examples', 'browser')
  for (const file of readdirSync(`${root}examples/browser`, { withFileTypes: true }))
    if (file.isFile()) cpSync(`${root}examples/browser/${file.name}`, join(example, file.name))
  cpSync(`${root}fixtures/requests.ndjson`, join(folder, 'fixtures', 'requests.ndjson'))
  installPackage(example)
  run('npm', ['run', 'check'], example)
  run('npm', ['run', 'build'], example)
  return join(example, 'dist')
}

/** When frames were drawn, in milliseconds. Text, not a function: what compiles this file adds to functions. */
const noteFrames = `globalThis.frameTimes = []
  requestAnimationFrame(function next(time) {
    frameTimes.push(time)
    requestAnimationFrame(next)
  })`

/** The times of all frames so far, in milliseconds. */
export const frameTimes = (page: Page): Promise<number[]> => page.evaluate('frameTimes')

/** An open page, and what went wrong in it so far. */
export interface OpenPage {
  readonly page: Page
  /** Violations of the policy, errors, and requests for anything that is not the page's own. */
  readonly complaints: readonly string[]
  close(): Promise<void>
}

async function open(page: Page, url: string): Promise<string[]> {
  const complaints: string[] = []
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', error => complaints.push(error.message))
  page.on('dialog', dialog => {
    complaints.push(`dialog ${dialog.message()}`)
    dialog.dismiss()
  })
  page.on('request', request => {
    const own = request.url().startsWith(url) || /^(blob|data):/.test(request.url())
    if (!own) complaints.push(`request for ${request.url()}`)
  })
  await page.exposeFunction('complain', (text: string) => complaints.push(text))
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
      Reflect.get(globalThis, 'complain')(`${violatedDirective} refused ${blockedURI}`)
    })
  })
  await page.addInitScript({ content: noteFrames })
  await page.goto(url)
  return complaints
}

export interface Served {
  /** Open it in a window of its own. */
  open(options?: BrowserContextOptions): Promise<OpenPage>
  close(): Promise<void>
}

/** Build the page, serve it and start a browser. */
export async function servePage(): Promise<Served> {
  const folder = buildPage()
  const server = createServer(async ({ url = '/' }, response) => {
    const path = join(folder, url === '/' ? 'index.html' : url)
    const headers = {
      'content-security-policy': policy,
      'content-type': types[extname(path)] ?? 'text/plain',
    }
    const file = await readFile(path).catch(() => null)
    response.writeHead(file ? 200 : 404, headers).end(file)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const browser = await engine.launch({ executablePath: chromium(), args: [...chromiumFlags] })
  return {
    async open(options) {
      const context = await browser.newContext(options)
      const page = await context.newPage()
      const complaints = await open(page, url)
      return { page, complaints, close: () => context.close() }
    },
    async close() {
      await browser.close()
      server.close()
    },
  }
}

/** What the page says in an element. */
export async function text(page: Page, id: string): Promise<string> {
  return (await page.locator(`#${id}`).textContent()) ?? ''
}

/** The number that the page shows in an element, such as 12,345. */
export async function figure(page: Page, id: string): Promise<number> {
  return Number((await text(page, id)).replaceAll(',', ''))
}

/** Wait until all that the page knows by now is to be seen: figures change in frames, at most every 200 ms. */
export async function drawn(page: Page): Promise<void> {
  await page.waitForTimeout(250)
  const before = (await frameTimes(page)).length
  for (let count = before; count < before + 2; count = (await frameTimes(page)).length)
    await page.waitForTimeout(20)
}

/** Wait until the page has said so much about the file that it was given; what it says. */
export async function fileRead(page: Page): Promise<string> {
  const status = page.locator('#file-status')
  await status.filter({ hasText: 'records' }).waitFor({ timeout: 60_000 })
  await drawn(page)
  return text(page, 'file-status')
}

/** Choose one of the sources. */
export async function choose(page: Page, source: 'Pointer' | 'File' | 'Stream'): Promise<void> {
  await page.getByText(source, { exact: true }).click()
}
