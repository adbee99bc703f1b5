/** The one list of targets. */
import type { Target } from '../target.ts'
import { composed } from './composed.ts'
import { model, safetensors } from './models.ts'
import { csv, ndjson } from './records.ts'
import { config } from './settings.ts'

export const targets: readonly Target[] = [ndjson, csv, model, composed, safetensors, config]

export function targetNamed(name: string): Target {
  const found = targets.find(target => target.name === name)
  if (found) return found
  throw new RangeError(`Expected one of ${targets.map(target => target.name).join(', ')}, got '${name}'.`)
}
