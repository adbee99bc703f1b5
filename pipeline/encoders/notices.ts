/** The wording of notices: what was expected, what came, what was done, and the remedy. */
import type { Costs } from '../divergence.ts'
import { show } from '../errors.ts'
import type { FieldKind } from '../experts/product.ts'
import type { Notice } from '../records.ts'
import type { Outcome } from './field.ts'

const WANTED = {
  number: 'a number',
  category: 'a text',
  boolean: 'true or false',
  timestamp: 'a date with a time',
  text: 'a text',
} as const

export function nestedNotice(field: string, value: unknown): Notice {
  const message =
    `Field ${show(field)}: expected a single value, got ${show(value)}; it counts as missing. ` +
    'Flatten the record, or ignore the field.'
  return { code: 'nested', field, message }
}

export function nonFiniteNotice(field: string, value: unknown): Notice {
  const message =
    `Field ${show(field)}: expected a finite number, got ${show(value)}; it counts as missing. ` +
    'Leave the field out when there is no value.'
  return { code: 'non-finite', field, message }
}

function kindNotice(field: string, value: unknown, kind: FieldKind): Notice {
  const message =
    `Field ${show(field)}: expected ${WANTED[kind]}, got ${show(value)}; it counts as missing. ` +
    'Clean the field, ignore it, or give its kind.'
  return { code: 'kind', field, message }
}

/** What to say about a value that a field of this kind could not use; null when it is merely missing. */
export function noticeOf(outcome: Outcome, field: string, value: unknown, kind: FieldKind): Notice | null {
  if (outcome === 'nested') return nestedNotice(field, value)
  if (outcome === 'non-finite') return nonFiniteNotice(field, value)
  return outcome === 'kind' ? kindNotice(field, value, kind) : null
}

export function categoriesNotice(field: string, named: number): Notice {
  const message =
    `Field ${show(field)}: expected at most ${named} categories that recur, got more; ` +
    'the others count as one, "other". Ignore the field if it identifies records.'
  return { code: 'categories', field, message }
}

export function newFieldNotice(field: string): Notice {
  const message =
    `Field ${show(field)}: expected one of the fields of the first records, got one that was rare among them, beyond ` +
    'the most that are taken up, or only grew as counters and clocks do; it is left out. Give its kind and learn a new model to use it, or ignore it.'
  return { code: 'new-field', field, message }
}

/** `got`: how many there were among the first `records`. */
export function fieldsNotice(most: number, got: number, records: number): Notice {
  const message =
    `Expected at most ${most} fields, got ${got} in the first ${records} records; the ${most} with the most values are ` +
    `looked at, the other ${got - most} are left out. Ignore fields, or allow more and learn a new model (maxFields).`
  return { code: 'fields', field: '', message }
}

/** `most`: how many different names there was room for. */
export function namesNotice(most: number): Notice {
  const message =
    `Expected at most ${most} different names of fields in the first records, of up to 1024 characters, got more or longer ` +
    'ones; fields whose names came after that are left out. Are there values among the names?'
  return { code: 'names', field: '', message }
}

/** `why`: what the kernels say. */
export function memoryNotice(why: string): Notice {
  const message = `Expected room for a model of all records so far, got none; the model of fewer goes on. ${why}`
  return { code: 'memory', field: '', message }
}

/** `chosen`: was the family chosen, among those that there are, or asked for? */
export function unmodelledNotice(field: string, kind: FieldKind, family: string, chosen: boolean): Notice {
  const others = chosen ? 'add a family that models it' : 'let the experts be chosen (auto)'
  const message =
    `Field ${show(field)}: expected a kind of field that ${family} models, got a ${kind}; it is left out. ` +
    `Give it another kind, or ${others}.`
  return { code: 'unmodelled', field, message }
}

export function unmadeNotice(field: string, encodings: readonly string[]): Notice {
  const message =
    `Field ${show(field)}: expected an encoding that values can be made of, got ${encodings.join(', ')}; it is left out of ` +
    'what is sampled.'
  return { code: 'unmade', field, message }
}

/** `others`: are other families left to go on with? */
export function divergenceNotice(
  family: string,
  trouble: Costs | 'broken',
  others: boolean,
  learningRate: unknown,
): Notice {
  const got =
    trouble === 'broken'
      ? 'expected finite free energies, got none'
      : `expected records to cost at most what they would by chance, ${trouble.chance.toFixed(1)} nats, ` +
        `got ${trouble.measured.toFixed(1)} nats on average`
  const done = others
    ? 'it no longer counts, and the other experts go on'
    : 'there are no other experts, and its scores say little'
  const message =
    `Experts ${family}: ${got}: learning has diverged; ${done}. ` +
    `Learn a new model with a lower learningRate, which is ${show(learningRate)}.`
  return { code: 'divergence', field: '', message }
}

export function noFieldsNotice(): Notice {
  const message =
    'Expected a record with values to score, got one without any; it was neither scored nor learned. ' +
    'Check the names of the fields and what is ignored.'
  return { code: 'no-fields', field: '', message }
}
