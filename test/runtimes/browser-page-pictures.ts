/**
 * Writes the pictures of the page of examples/browser/ into docs/pictures/: wide and narrow, light and dark.
 *
 *   npm run gallery:page
 */
import { mkdirSync } from 'node:fs'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { choose, figure, fileRead, type Served, servePage } from './browser-page.ts'
import { root } from './parts.ts'

const folder = `${root}docs/pictures/`

type Scheme = 'light' | 'dark'
const sizes = { wide: { width: 1280, height: 800 }, narrow: { width: 390, height: 844 } } as const

/** What is done before each picture. */
const scenes = {
  /** The hand that draws by itself, just after its second jerk. */
  async pointer(page: Page) {
    await page.locator('#ghost').click()
    while ((await figure(page, 'learned')) < 1110) await page.waitForTimeout(50)
  },
  async file(page: Page) {
    await choose(page, 'File')
    await page.getByText('Take a log of web requests').click()
    await fileRead(page)
  },
  async stream(page: Page) {
    await choose(page, 'Stream')
    while ((await figure(page, 'learned')) < 60_000) await page.waitForTimeout(50)
  },
} as const

type Scene = keyof typeof scenes

async function take(served: Served, scene: Scene, size: keyof typeof sizes, colorScheme: Scheme) {
  const { page, close } = await served.open({ viewport: sizes[size], colorScheme })
  await scenes[scene](page)
  const path = `${folder}page-${scene}-${size}-${colorScheme}.png`
  const picture = await page.screenshot({ fullPage: size === 'narrow' })
  // 256 colours: half the size, and nobody sees it.
  await sharp(picture).png({ palette: true, effort: 10 }).toFile(path)
  console.log(path)
  await close()
}

/** Those that the documents show; --all takes every one. */
const shown = ['pointer-wide-dark', 'stream-wide-light', 'pointer-narrow-dark', 'file-narrow-light']

mkdirSync(folder, { recursive: true })
const served = await servePage()
for (const size of ['wide', 'narrow'] as const) {
  for (const scheme of ['light', 'dark'] as const) {
    for (const scene of Object.keys(scenes) as Scene[]) {
      const name = `${scene}-${size}-${scheme}`
      if (shown.includes(name) || process.argv.includes('--all')) await take(served, scene, size, scheme)
    }
  }
}
await served.close()
