/**
 * Files that one process alone may work on: two that went on from one checkpoint would write every record twice.
 *
 * A claim is an abstract Unix socket (unix(7)) whose name is made from the file's: it is on no disk, nobody connects to
 * it, and it is gone when its process is, however that ends. Other systems than Linux do not have them; there nothing
 * is claimed. Nor are processes in other network namespaces seen, such as those of other containers.
 */
import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { modelError } from '../errors.ts'

/** Gives the files back. */
export type Release = () => Promise<void>

/** One name for a file, whatever links lead to it, also before there is one. */
function nameOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const folder = dirname(path)
    try {
      return join(realpathSync(folder), basename(path))
    } catch {
      // Without its folder it cannot be opened either, and that will be said.
      return path
    }
  }
}

/** @throws CommandError (model) when another process has it */
async function claimOne(path: string): Promise<Release> {
  const digest = createHash('sha256').update(nameOf(path)).digest('hex')
  const server = createServer(socket => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve)
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return resolve()
      reject(
        modelError(
          `expected ${path} for this process alone, got another one that is at work on it; end that one first`,
        ),
      )
    })
    server.listen(`\0veto-${digest}`)
  })
  server.unref()
  return () => new Promise(resolve => server.close(() => resolve()))
}

/**
 * Claim files until they are released or the process ends.
 * @throws CommandError (model) when another process has one of them
 */
export async function claim(paths: readonly string[]): Promise<Release> {
  const releases: Release[] = []
  const release = async () => {
    await Promise.all(releases.map(each => each()))
  }
  if (process.platform !== 'linux') return release
  try {
    // Whether two of them may be one file is for others to say.
    const byName = new Map(paths.map(path => [nameOf(path), path]))
    for (const path of byName.values()) releases.push(await claimOne(path))
  } catch (error) {
    await release()
    throw error
  }
  return release
}
