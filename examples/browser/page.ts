/** The page: which source is at work, and what is drawn in a frame. */
import { ScoreChart } from './chart.ts'
import { connectControls } from './controls.ts'
import { element } from './element.ts'
import { Figures } from './figures.ts'
import { FileSource } from './file-source.ts'
import { PointerSource } from './pointer-source.ts'
import { PumpSource } from './pump-source.ts'
import { RemoteDetector } from './remote.ts'
import { Session } from './session.ts'
import type { Source } from './source.ts'
import { Theme } from './theme.ts'
import { shown } from './words.ts'

const status = element('status', HTMLElement)
const say = (text: string) => {
  status.textContent = shown(text, 400)
}

const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' })
const theme = new Theme()
const session = new Session(new RemoteDetector(worker), element('alarm-list', HTMLElement), error =>
  say(error instanceof Error ? error.message : String(error)),
)
const figures = new Figures(session)
const file = new FileSource(session)
const sources: Readonly<Record<string, Source>> = {
  pointer: new PointerSource(session, theme),
  file,
  stream: new PumpSource(session, theme),
}

let source: Source = sources.pointer
const chart = new ScoreChart(element('chart', HTMLElement), session.history, theme, source.span)

/** Have another source, or the same one, begin with a detector that knows nothing, or with a model just loaded. */
async function begin(next: Source): Promise<void> {
  source.stop()
  await session.begin()
  source = next
  chart.span = source.span
  say('')
  source.start()
}

async function choose(name: string): Promise<void> {
  for (const panel of document.querySelectorAll<HTMLElement>('[data-source]')) {
    panel.hidden = panel.dataset.source !== name
  }
  await begin(sources[name])
}

async function read(chosen: File | undefined): Promise<void> {
  if (!chosen) return
  element('source-file', HTMLInputElement).checked = true
  await choose('file')
  await file.read(chosen)
}

for (const input of document.querySelectorAll<HTMLInputElement>('input[name=source]')) {
  input.addEventListener('change', () => choose(input.value).catch(session.onFailure))
}

const chosen = element('file', HTMLInputElement)
chosen.addEventListener('change', () => {
  const [first] = chosen.files ?? []
  // The same file can be chosen again.
  read(first).catch(session.onFailure)
  chosen.value = ''
})

async function readSample(): Promise<void> {
  const answer = await fetch('requests.ndjson')
  if (!answer.ok) throw new Error(`Expected the sample requests.ndjson, got ${answer.status}.`)
  await read(new File([await answer.blob()], 'requests.ndjson'))
}

element('sample', HTMLButtonElement).addEventListener('click', () => readSample().catch(session.onFailure))

// A file may be dropped anywhere: what misses the zone would replace the page.
addEventListener('dragover', event => event.preventDefault())
addEventListener('drop', event => {
  event.preventDefault()
  read(event.dataTransfer?.files[0]).catch(session.onFailure)
})

connectControls(session, { startOver: () => begin(source), say })

function frame(time: number): void {
  session.frames.drawn()
  source.frame?.(time)
  chart.draw()
  session.alarms.draw()
  figures.frame(time)
  requestAnimationFrame(frame)
}

source.start()
requestAnimationFrame(frame)
