/** A picture of the gallery, and how it becomes SVG. */
import { parse, type Spec, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'

export interface Figure {
  /** Its file is docs/gallery/<name>.svg. */
  readonly name: string
  readonly title: string
  /** How long drawing takes, where that is long enough to be said beforehand. */
  readonly seconds?: number
  /** Learn, sample and describe the picture: a specification of Vega-Lite. The same at every call. */
  draw(): Promise<TopLevelSpec>
}

/** What all pictures have in common. */
export const frame = {
  $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
  background: 'white',
  config: { legend: { labelLimit: 0, titleLimit: 0 } },
} as const

/** Paths and places to a hundredth of a dot: nobody sees more, and files are smaller for it. */
const rounded = (svg: string) =>
  svg.replace(/ (d|transform)="[^"]*"/g, attribute =>
    attribute.replace(/-?\d+\.\d{3,}/g, number => String(Number(Number(number).toFixed(2)))),
  )

/** The picture as SVG, a new line at its end. */
export async function svgOf(figure: Figure): Promise<string> {
  const drawn = await figure.draw()
  const config = { ...frame.config, ...drawn.config }
  const plot = { ...frame, title: figure.title, ...drawn, config } as TopLevelSpec
  return `${rounded(await new View(parse(compile(plot).spec as Spec), { renderer: 'none' }).toSVG())}\n`
}
