/** The detector with all families of experts at hand. */
import { Detector as CoreDetector } from './core-detector.ts'
import { families } from './experts/index.ts'
import type { DetectorOptions, DetectorOverrides } from './options.ts'

export class Detector extends CoreDetector {
  constructor(options: DetectorOptions = {}) {
    super({ families, ...options })
  }

  static override load(file: Uint8Array, overrides: DetectorOverrides = {}): Detector {
    // biome-ignore lint/complexity/noThisInStatic: it is `this` that is to be made
    return super.load(file, { families, ...overrides })
  }
}
