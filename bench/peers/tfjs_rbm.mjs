// CD-1 of a restricted Boltzmann machine in TensorFlow.js on its WebAssembly backend, one row at a time. Commands on
// stdin, answers on stdout: see README.md.
import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import * as tf from '@tensorflow/tfjs'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'

const [width, hidden, count] = process.argv.slice(2).map(Number)
const backend = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
setWasmPaths(`${dirname(backend)}/`)
setThreadsCount(1)
await tf.setBackend('wasm')
await tf.ready()

let w, b, c, rows

function load(path) {
  const values = new Float32Array(Uint8Array.from(readFileSync(path)).buffer)
  let at = 0
  const take = length => {
    at += length
    return values.slice(at - length, at)
  }
  w = tf.variable(tf.tensor2d(take(hidden * width), [hidden, width]))
  b = tf.variable(tf.tensor2d(take(width), [1, width]))
  c = tf.variable(tf.tensor2d(take(hidden), [1, hidden]))
  rows = Array.from({ length: count }, () => tf.tensor2d(take(width), [1, width]))
}

function save(path) {
  writeFileSync(path, Buffer.concat([w, b, c].map(part => Buffer.from(part.dataSync().slice().buffer))))
}

function learn(v0, rate) {
  tf.tidy(() => {
    const up = v => tf.sigmoid(tf.add(tf.matMul(v, w, false, true), c))
    const h0 = up(v0)
    const s0 = tf.cast(tf.less(tf.randomUniform([1, hidden]), h0), 'float32')
    const v1 = tf.sigmoid(tf.add(tf.matMul(s0, w), b))
    const h1 = up(v1)
    const gradient = tf.sub(tf.matMul(h0, v0, true), tf.matMul(h1, v1, true))
    w.assign(tf.add(w, tf.mul(rate, gradient)))
    b.assign(tf.add(b, tf.mul(rate, tf.sub(v0, v1))))
    c.assign(tf.add(c, tf.mul(rate, tf.sub(h0, h1))))
  })
}

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...rest] = line.split(' ')
  if (command === 'learn') {
    const [times, rate] = rest.map(Number)
    const start = performance.now()
    for (let k = 0; k < times; k++) learn(rows[k % count], rate)
    console.log(((performance.now() - start) * 1000).toFixed(3))
  } else {
    command === 'load' ? load(rest[0]) : save(rest[0])
    console.log('ok')
  }
}
