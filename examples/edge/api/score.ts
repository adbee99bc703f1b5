/** POST NDJSON, get the same lines with a verdict each. The model is part of the bundle and stays as it is. */
import { Detector, respond } from 'veto'
import model from '../model.ts'

export const config = { runtime: 'edge' }

const bytes = Uint8Array.from(atob(model), character => character.charCodeAt(0))
const detector = Detector.load(bytes)

/** Scoring changes nothing in the detector, so that requests can be answered at the same time. */
export default function handler(request: Request): Response {
  return respond(detector, request, { learn: false })
}
