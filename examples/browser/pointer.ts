/** The pad: movements of a mouse, a finger or a pen over it, or the arrow keys, as positions in its own pixels. */

/** A position in pixels of the pad at a time in milliseconds; null when the pointer is lifted or leaves. */
export type OnPosition = (position: { x: number; y: number; time: number } | null) => void

/** Pixels that an arrow key moves. */
const STEP = 14
const arrows: ReadonlyMap<string, readonly [number, number]> = new Map([
  ['ArrowLeft', [-STEP, 0]],
  ['ArrowRight', [STEP, 0]],
  ['ArrowUp', [0, -STEP]],
  ['ArrowDown', [0, STEP]],
])

export function followPointer(pad: HTMLElement, onPosition: OnPosition): void {
  pad.addEventListener('pointermove', event => {
    const { left, top } = pad.getBoundingClientRect()
    // A browser reports once a frame; in between the pointer was somewhere as well.
    const events = event.getCoalescedEvents?.() ?? []
    for (const { clientX, clientY, timeStamp } of events.length > 0 ? events : [event]) {
      onPosition({ x: clientX - left, y: clientY - top, time: timeStamp })
    }
  })
  for (const end of ['pointerleave', 'pointercancel'] as const) {
    pad.addEventListener(end, () => onPosition(null))
  }
}

/** Arrow keys move a pointer of their own, from the middle of the pad on. */
export function followKeys(pad: HTMLElement, onPosition: OnPosition): void {
  let x = pad.clientWidth / 2
  let y = pad.clientHeight / 2
  pad.addEventListener('keydown', event => {
    const step = arrows.get(event.key)
    if (!step) return
    event.preventDefault()
    x = Math.min(Math.max(x + step[0], 0), pad.clientWidth)
    y = Math.min(Math.max(y + step[1], 0), pad.clientHeight)
    onPosition({ x, y, time: event.timeStamp })
  })
}
