/** What is promised of likelihoods: against exact values and against what others have published. */
import type { Part } from '../part.ts'
import { large } from './large.ts'
import { partition } from './partition.ts'
import { sixteen } from './sixteen.ts'

export const likelihoodParts: readonly Part[] = [large, partition, sixteen]
