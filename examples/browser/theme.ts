/** The colours of the style sheet for what is drawn on canvases; they follow the light and the dark scheme. */

type Rgb = readonly [red: number, green: number, blue: number]

/** What `style.css` calls them, without the two hyphens. */
type ColourName = 'ink' | 'faint' | 'grid' | 'calm' | 'odd' | 'alarm' | 'panel'

function parsed(hex: string): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

export class Theme {
  readonly #listeners: (() => void)[] = []
  #style = getComputedStyle(document.documentElement)

  constructor() {
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#style = getComputedStyle(document.documentElement)
      for (const listener of this.#listeners) listener()
    })
  }

  onChange(listener: () => void): void {
    this.#listeners.push(listener)
  }

  /** As `#rrggbb`. */
  colour(name: ColourName): string {
    return this.#style.getPropertyValue(`--${name}`).trim()
  }

  /** From calm (0) over odd to alarming (1), with an opacity. */
  heat(heat: number, opacity = 1): string {
    const [from, to, share] =
      heat < 0.6 ? (['calm', 'odd', heat / 0.6] as const) : (['odd', 'alarm', (heat - 0.6) / 0.4] as const)
    const [a, b] = [parsed(this.colour(from)), parsed(this.colour(to))]
    const mixed = a.map((value, i) => Math.round(value + Math.min(Math.max(share, 0), 1) * (b[i] - value)))
    return `rgb(${mixed.join(' ')} / ${opacity})`
  }
}

/** How far a p-value is on the way to an alarm: 0 for what is usual, 1 from alpha on; NaN without a p-value. */
export function heatOf(p: number, alpha: number): number {
  return Math.min(Math.log(p) / Math.log(alpha), 1)
}
