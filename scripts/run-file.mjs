// Runs one file of uvu tests in a process of its own and reads uvu's closing lines.
import { spawn } from 'node:child_process'
import { root } from './install.mjs'

/** Run a program and collect what it prints. */
export function collect(program, args) {
  return new Promise(resolve => {
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', text => {
      output += text
    })
    child.stderr.on('data', text => {
      output += text
    })
    child.on('error', error => resolve({ output: output + error.message, code: 1 }))
    child.on('close', code => resolve({ output, code }))
  })
}

/** Run one test file; one without uvu's closing lines forgot `.run()` or died, and counts as failed. */
export async function runFile(file) {
  const { output, code } = await collect(process.execPath, ['--import', 'tsx', file])
  const total = Number(output.match(/Total: +(\d+)\s*$/m)?.[1] ?? Number.NaN)
  const passed = Number(output.match(/Passed: +(\d+)\s*$/m)?.[1] ?? Number.NaN)
  const skipped = Number(output.match(/Skipped: +(\d+)\s*$/m)?.[1] ?? 0)
  if (Number.isNaN(total + passed) || total === 0) {
    return {
      name: file,
      output: `${output}\n${file} ran no test: does it end in test.run()?`,
      passed: 0,
      failed: 1,
    }
  }
  // A skipped test is a promise nobody checks, and an exit code of its own means that the file died after its tests.
  const failed = total - passed + skipped || (code === 0 ? 0 : 1)
  return { name: file, output, passed, failed }
}
