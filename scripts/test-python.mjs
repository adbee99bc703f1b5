// npm run test:python: model files are read by an independent program, in Python with numpy, which computes from them what
// Veto says. Ends in one line: N passed, N failed.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { install, root } from './install.mjs'
import { buildKernels } from './kernels.mjs'

const python = process.env.PYTHON ?? 'python3'
const show = { cwd: root, stdio: 'inherit' }

const { status, error } = spawnSync(python, ['-c', 'import numpy'], { stdio: 'ignore' })
if (status !== 0) {
  console.log(
    error
      ? `Expected Python 3, got no program ${python}. On Debian: apt-get install python3-numpy`
      : `Expected numpy for ${python}, which does not find it. On Debian: apt-get install python3-numpy`,
  )
  console.log('0 passed, 1 failed')
  process.exit(1)
}

install()
await buildKernels()
const folder = mkdtempSync(join(tmpdir(), 'veto-python-'))
try {
  const made = spawnSync(process.execPath, ['--import', 'tsx', 'test/python/models.ts', folder], show)
  if (made.status !== 0) console.log('0 passed, 1 failed')
  const read = made.status === 0 ? spawnSync(python, ['test/python/read_model.py', folder], show) : made
  process.exitCode = read.status === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}
