import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Paces } from '../../cli/io/sources/paces.ts'

const chunk = Buffer.from(Uint8Array.from({ length: 1 << 16 }, (_, index) => index % 251))

/** Lengths of the pieces for a consumer that takes these times, the last one again and again. */
async function lengths(milliseconds: readonly number[]): Promise<number[]> {
  let time = 0
  const pieces: Uint8Array[] = []
  const paces = new Paces(() => time)
  let isHeard = true
  for (const whole of [chunk, chunk]) {
    const given = pieces.length
    for await (const piece of paces.piecesOf(whole)) {
      assert.ok(isHeard || pieces.length === given, 'something else had its turn between two pieces')
      isHeard = false
      setImmediate(() => {
        isHeard = true
      })
      time += milliseconds[Math.min(pieces.length, milliseconds.length - 1)]
      pieces.push(piece)
    }
  }
  assert.ok(Buffer.concat(pieces).equals(Buffer.concat([chunk, chunk])))
  return pieces.map(({ length }) => length)
}

test('a consumer that takes long gets less and less at a time, down to a limit', async () => {
  assert.equal((await lengths([101])).slice(0, 6), [4096, 2048, 1024, 512, 512, 512])
})

test('a fast one gets more and more, up to whole chunks', async () => {
  // The rest of the first chunk is what it is; the second chunk is one piece.
  assert.equal(await lengths([1]), [4096, 8192, 16384, 32768, 4096, 65536])
})

test('between fast and slow it stays as it is', async () => {
  assert.equal((await lengths([50])).slice(0, 3), [4096, 4096, 4096])
  assert.equal((await lengths([1, 1, 200, 50])).slice(0, 6), [4096, 8192, 16384, 8192, 8192, 8192])
})

test.run()
