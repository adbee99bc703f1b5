/** The buttons and the slider that hold for every source. */
import { element } from './element.ts'
import type { Session } from './session.ts'
import { number } from './words.ts'

/** Hand a file to the browser to be saved. */
function download(file: Uint8Array<ArrayBuffer>, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }))
  link.download = name
  link.click()
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}

export interface Surroundings {
  /** Begin anew, with what is at work now. */
  startOver(): Promise<void>
  say(text: string): void
}

export function connectControls(session: Session, { startOver, say }: Surroundings): void {
  const learn = element('learn', HTMLButtonElement)
  const file = element('load', HTMLInputElement)
  const alpha = element('alpha', HTMLInputElement)
  const alphaText = element('alpha-text', HTMLOutputElement)

  const attempt = (work: () => Promise<void>) => () => {
    work().catch(session.onFailure)
  }

  const toggleLearning = async () => {
    await session.setLearning(!session.isLearning)
    learn.textContent = session.isLearning ? 'Pause learning' : 'Go on learning'
    learn.setAttribute('aria-pressed', String(!session.isLearning))
  }

  const load = async () => {
    const [chosen] = file.files ?? []
    if (!chosen) return
    // The same file can be chosen again.
    const bytes = new Uint8Array(await chosen.arrayBuffer())
    file.value = ''
    await session.load(bytes)
    say(`The model has learned ${number(session.learned)} records. It goes on with what comes next.`)
  }

  const alphaOf = () => 10 ** Number(alpha.value)
  const showAlpha = () => {
    const text = `1 in ${number(1 / alphaOf())}`
    alphaText.textContent = text
    alpha.setAttribute('aria-valuetext', text)
  }

  learn.addEventListener('click', attempt(toggleLearning))
  element('save', HTMLButtonElement).addEventListener(
    'click',
    attempt(async () => download(await session.detector.save(), 'model.veto')),
  )
  element('load-button', HTMLButtonElement).addEventListener('click', () => file.click())
  file.addEventListener('change', attempt(load))
  element('begin', HTMLButtonElement).addEventListener('click', attempt(startOver))
  alpha.addEventListener('input', showAlpha)
  alpha.addEventListener(
    'change',
    attempt(() => session.detector.setAlpha(alphaOf())),
  )
  showAlpha()
}
