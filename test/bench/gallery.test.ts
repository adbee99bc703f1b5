/** The page of pictures: each picture is on it with words for who cannot see it, and none is missing or too large for a page. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const folder = new URL('../../docs/gallery/', import.meta.url)
const page = readFileSync(new URL('README.md', folder), 'utf8')
const pictures = readdirSync(folder).filter(file => file.endsWith('.svg'))
const MOST_BYTES = 200_000

test('every picture is on the page, described', () => {
  const described = [...page.matchAll(/!\[([^\]]{20,})\]\(([^)]+)\)/g)].map(([, , file]) => file)
  assert.equal(described.toSorted(), pictures.toSorted())
})

test('what the index shows and leads to is there', () => {
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  )
  const rows = page.split('\n').filter(line => line.includes('<img'))
  for (const row of rows) {
    const [, anchor] = row.match(/\]\(#([^)]+)\)/) ?? []
    const [, file] = row.match(/src="([^"]+)"/) ?? []
    assert.ok(headings.includes(anchor), `a section ${anchor}`)
    assert.ok(pictures.includes(file), `a picture ${file}`)
  }
})

test('pictures are small enough for a page that has many', () => {
  for (const file of pictures) assert.ok(statSync(new URL(file, folder)).size < MOST_BYTES, file)
})

test.run()
