/** What a store of models of keys holds after its process has ended. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { LmdbStore } from '../../cli/keys/lmdb-store.ts'

const test = suite<{ folder: string }>('LMDB store')
test.before.each(context => {
  context.folder = mkdtempSync(join(tmpdir(), 'veto-store-'))
})
test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

const bytes = (text: string) => new TextEncoder().encode(text)
const textOf = (state: Uint8Array | undefined) => state && new TextDecoder().decode(state)
const keys = [
  'host-1',
  '',
  '\u0000',
  '\u00005',
  'a\u0000b',
  'ü'.repeat(128),
  '日本',
  '__proto__',
  'host-1\u0001',
]

/** As another process finds it: what the first one had put and not committed must not count. */
async function reopened(store: LmdbStore, folder: string): Promise<LmdbStore> {
  await store.close()
  const next = new LmdbStore(folder)
  next.discard()
  return next
}

test('any text is a key, and what was committed is there again', async ({ folder }) => {
  let store = new LmdbStore(folder)
  store.put(keys.map(key => [key, bytes(`state of ${key}`)]))
  store.commit(bytes('head'))
  store = await reopened(store, folder)
  for (const key of keys) assert.is(textOf(store.get(key)), `state of ${key}`)
  assert.is(store.get('host'), undefined)
  assert.is(store.get('host-'), undefined)
  assert.is(textOf(store.head), 'head')
  await store.close()
})

test('what was put and not committed is seen by this process and by no later one', async ({ folder }) => {
  let store = new LmdbStore(folder)
  store.put([['a', bytes('first')]])
  store.commit(bytes('one'))
  store.put([
    ['a', bytes('second')],
    ['b', bytes('new')],
  ])
  assert.is(textOf(store.get('a')), 'second')
  assert.is(textOf(store.get('b')), 'new')
  store = await reopened(store, folder)
  assert.is(textOf(store.get('a')), 'first')
  assert.is(store.get('b'), undefined)
  assert.is(textOf(store.head), 'one')
  // The number of the commit that never came is used again; what was put for it must not come back.
  store.put([['c', bytes('c')]])
  store.commit(bytes('two'))
  assert.is(textOf(store.get('a')), 'first')
  assert.is(store.get('b'), undefined)
  await store.close()
})

test('a state replaces those before it, through many commits', async ({ folder }) => {
  let store = new LmdbStore(folder)
  for (let epoch = 1; epoch <= 12; epoch++) {
    for (let put = 0; put < 3; put++) store.put([['a', bytes(`${epoch}.${put}`)]])
    assert.is(textOf(store.get('a')), `${epoch}.2`)
    store.commit(bytes(String(epoch)))
  }
  store = await reopened(store, folder)
  assert.is(textOf(store.get('a')), '12.2')
  await store.close()
  // Its newest state, and the one to go back to if the commit after that had never come.
  const root = open({ path: folder, noSubdir: false, maxDbs: 2, encoding: 'binary' })
  assert.is([...root.openDB({ name: 'models', encoding: 'binary' }).getKeys()].length, 2)
  await root.close()
})

test.run()
