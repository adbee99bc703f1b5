/** What is promised of handwritten digits: classes by scores, features, denoising. */
import type { Part } from '../part.ts'

export const digitsParts: readonly Part[] = []
