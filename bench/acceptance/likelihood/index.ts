/** What is promised of likelihoods: against exact values and against what others have published. */
import type { Part } from '../part.ts'
import { bars } from './bars.ts'
import { known } from './known.ts'
import { large } from './large.ts'
import { networks } from './networks.ts'
import { partition } from './partition.ts'
import { sixteen } from './sixteen.ts'
import { change } from './switch.ts'

export const likelihoodParts: readonly Part[] = [bars, known, large, networks, partition, sixteen, change]
