/** A server of a few files for a browser, under a content security policy. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Pages {
  /** Of the file `/`. */
  readonly url: string
  close(): void
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript',
  wasm: 'application/wasm',
}

/** Serve files by path. */
export async function serve(files: ReadonlyMap<string, string | Uint8Array>, policy: string): Promise<Pages> {
  const server = createServer(({ url = '' }, response) => {
    const file = files.get(url)
    const type = types[url.split('.')[1] ?? 'html']
    response.writeHead(file === undefined ? 404 : 200, {
      'content-type': type,
      'content-security-policy': policy,
    })
    response.end(file)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() }
}
