// Installs the packages of package-lock.json when they are missing or older than the lock file.
// Plain Node without dependencies: it has to run in a fresh clone.
import { spawnSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Run a program with the terminal's streams; end this process with its exit code when it fails. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) throw error
  if (status !== 0) process.exit(status ?? 1)
}

export function install() {
  const installed = `${root}node_modules/.package-lock.json`
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs)
    return
  console.error('veto: installing packages (once)')
  // Not `npm ci`: it refuses a lock file that lacks the optional packages of some other platform. The lock file is obeyed
  // and left as it is. npm's chatter goes to stderr, because stdout of `npm start` and of pipes is data.
  const flags = ['--include=dev', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', ...flags], { stdio: ['ignore', 2, 2] })
}
