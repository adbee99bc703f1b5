/** The Nodes to measure on. */
import { spawnSync } from 'node:child_process'

const majors = [20, 22, 24]
const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

/** Where npm keeps Node of a major version; it fetches it on first use. */
function fetched(major: number): string {
  const args = [
    'exec',
    '--yes',
    `--package=node-${platform}@${major}`,
    '--',
    'node',
    '-p',
    'process.execPath',
  ]
  const { status, stdout, stderr, error } = spawnSync('npm', args, { encoding: 'utf8' })
  if (status === 0) return stdout.trim()
  throw new Error(`Expected npm to provide Node ${major}, got: ${error?.message ?? stderr.trim()}`)
}

/** This Node, those named on the command line, and those that npm provides when asked for. */
export function nodes(named: readonly string[], fetch: boolean): string[] {
  return [process.execPath, ...named, ...(fetch ? majors.map(fetched) : [])]
}
