/**
 * The model of a key at rest ⇄ bytes: the tensors of a model file and no more, because fields, encodings and options are
 * those of the seedling that it grew from.
 */
import type { KeyState } from '../compose/key-model.ts'
import type { ModelState } from '../model.ts'
import {
  checkSum,
  modelTensors,
  protectionTensors,
  readMember,
  readProtection,
  vector,
} from './checkpoint.ts'
import { checksumOf } from './checksum.ts'
import { isCount, read, refuse } from './json.ts'
import { FORMAT_VERSION } from './migrations/index.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'
import { TensorReader } from './tensor-reader.ts'

const FORMAT = 'veto-key'

export function writeKeyState({ learned, model, scores, protection }: KeyState): Uint8Array<ArrayBuffer> {
  const metadata = { format: FORMAT, version: FORMAT_VERSION, learned: String(learned) }
  const tensors = {
    'calibration.scores': vector(scores),
    ...protectionTensors(protection),
    ...modelTensors(model),
  }
  return writeSafetensors(tensors, { ...metadata, checksum: checksumOf(tensors, metadata) })
}

/**
 * @param like the model of the seedling
 * @throws ModelFileError for anything that `writeKeyState` did not write
 */
export function readKeyState(bytes: Uint8Array, like: ModelState): KeyState {
  const content = readSafetensors(bytes)
  const { format, version, learned } = content.metadata
  if (format !== FORMAT || version !== FORMAT_VERSION)
    refuse(`the model of a key (${FORMAT}, ${FORMAT_VERSION})`, `${format}, ${version}`)
  checkSum(content)
  const reader = new TensorReader(content.tensors)
  const state: KeyState = {
    learned: read(learned, 'number of records', isCount),
    model: { members: like.members.map((member, index) => readMember(member, index, reader)) },
    scores: reader.take('calibration.scores', Float64Array),
    protection: readProtection(reader),
  }
  reader.finish()
  return state
}
