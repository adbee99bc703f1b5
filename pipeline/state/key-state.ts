/**
 * The model of a key at rest ⇄ bytes: the tensors of a model file and no more, because fields, encodings and options are
 * those of the seedling that it grew from.
 *
 *   | checksum of the rest u32 | 4 unused | safetensors |
 */
import type { KeyState } from '../compose/key-model.ts'
import type { ModelState } from '../model.ts'
import { wordChecksumOf } from './checksum.ts'
import { isCount, read, refuse } from './json.ts'
import { modelTensors, protectionTensors, readMember, readProtection } from './model-tensors.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'
import { TensorReader } from './tensor-reader.ts'
import { vector } from './tensors.ts'

const FORMAT = 'veto-key'
/** Raised when what stands in the states of keys changes; the states of those before have to be migrated then. */
const VERSION = '1'
const HEAD_BYTES = 8

export function writeKeyState({ learned, model, scores, protection }: KeyState): Uint8Array<ArrayBuffer> {
  const metadata = { format: FORMAT, version: VERSION, learned: String(learned) }
  const tensors = {
    'calibration.scores': vector(scores),
    ...protectionTensors(protection),
    ...modelTensors(model),
  }
  const content = writeSafetensors(tensors, metadata)
  const bytes = new Uint8Array(HEAD_BYTES + content.length)
  bytes.set(content, HEAD_BYTES)
  new DataView(bytes.buffer).setUint32(0, wordChecksumOf(content), true)
  return bytes
}

/**
 * @param like the model of the seedling
 * @throws ModelFileError for anything that `writeKeyState` did not write
 */
export function readKeyState(bytes: Uint8Array, like: ModelState): KeyState {
  const content = readSafetensors(checked(bytes))
  const { format, version, learned } = content.metadata
  if (format !== FORMAT || version !== VERSION)
    refuse(`the model of a key (${FORMAT}, ${VERSION})`, `${format}, ${version}`)
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

/** The bytes behind the checksum, if it is theirs. */
function checked(bytes: Uint8Array): Uint8Array {
  if (bytes.length < HEAD_BYTES) refuse(`at least ${HEAD_BYTES} bytes`, String(bytes.length))
  const content = bytes.subarray(HEAD_BYTES)
  const told = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  const computed = wordChecksumOf(content)
  if (told !== computed) refuse(`the checksum ${told} that it says it has`, `${computed}: it is damaged`)
  return content
}
