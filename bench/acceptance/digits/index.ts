/** What is promised of handwritten digits: classes by scores, features, denoising. */
import type { Part } from '../part.ts'
import { classes } from './classes.ts'
import { denoising } from './denoising.ts'
import { features } from './features.ts'
import { filters } from './filters.ts'
import { ranking } from './ranking.ts'
import { receptiveFields } from './receptive-fields.ts'

export const digitsParts: readonly Part[] = [classes, denoising, features, filters, ranking, receptiveFields]
