/** Detectors and banks over streams of records: every verdict, now and then everything else, and the model in the end. */
import {
  Bank,
  type DataRecord,
  Detector,
  type DetectorOptions,
  MemoryStore,
  readSafetensors,
  type Verdict,
} from 'veto'
import { keyedRecords, mixedRecords, movingRecords } from './records.ts'
import type { Item, Report } from './report.ts'

const RECORDS = 2000
const MORE = 500

/** Score and p-value bit by bit, reasons as text. */
const itemsOf = ({ score, p, anomaly, why }: Verdict): Item[] => [
  score ?? 'none',
  p ?? 'none',
  JSON.stringify([anomaly, why]),
]

/** Every tensor and text of a model file, so that a difference has a name. */
export function reportModel(report: Report, name: string, file: Uint8Array): void {
  const { tensors, metadata } = readSafetensors(file)
  for (const [tensor, { shape, data }] of Object.entries(tensors))
    report.add(`${name}: tensor ${tensor}`, [String(shape), ...data])
  for (const [text, value] of Object.entries(metadata)) report.add(`${name}: ${text}`, [value])
  report.add(`${name}: bytes`, file)
}

/** What can be asked without changing anything. */
function askEverything(report: Report, name: string, detector: Detector | Bank, record: DataRecord): void {
  report.add(`${name}: scoreOne`, itemsOf(detector.scoreOne(record)))
  const { record: clean, changed } = detector.denoiseOne(record)
  report.add(`${name}: denoised`, [JSON.stringify(clean), JSON.stringify(changed)])
  report.add(`${name}: features`, detector.transformOne(record))
}

function observeAll(
  report: Report,
  name: string,
  detector: Detector | Bank,
  records: Iterable<DataRecord>,
): void {
  let n = 0
  for (const record of records) {
    if (n++ % 40 === 0) askEverything(report, name, detector, record)
    report.add(`${name}: verdicts`, itemsOf(detector.observe(record)))
  }
  report.add(`${name}: experts`, [JSON.stringify(detector.describeExperts())])
}

function learned(
  report: Report,
  name: string,
  records: Iterable<DataRecord>,
  options: DetectorOptions = {},
): Uint8Array {
  const onNotice = ({ code, field, message }: { code: string; field: string; message: string }) =>
    report.add(`${name}: notices`, [code, field, message])
  const detector = new Detector({ ...options, onNotice })
  observeAll(report, name, detector, records)
  report.add(`${name}: fields`, [JSON.stringify(detector.describe())])
  const file = detector.save()
  reportModel(report, name, file)
  detector.release()
  return file
}

/** A bank whose keys do not all fit into memory; the head that it commits. */
function bank(report: Report): void {
  const store = new MemoryStore()
  const keyed = new Bank({ key: 'host', maxKeys: 3, store })
  observeAll(report, 'bank', keyed, keyedRecords(RECORDS, 3))
  keyed.save()
  report.add('bank: head', store.head ?? [])
  for (let n = 0; n < 8; n++) report.add('bank: models', store.get(`web-${n}`) ?? ['none'])
}

/** The models that every other runtime goes on with, by name. */
export function streams(report: Report, familyNames: readonly string[]): Record<string, Uint8Array> {
  for (const experts of familyNames) learned(report, `only ${experts}`, mixedRecords(400, 5), { experts })
  bank(report)
  return {
    mixed: learned(report, 'mixed', mixedRecords(RECORDS, 1)),
    moving: learned(report, 'moving', movingRecords(RECORDS, 2), { protect: 30 }),
    'warming up': learned(report, 'warming up', mixedRecords(20, 4), { seed: 7, alpha: 0.05 }),
  }
}

/** Load a model that some runtime wrote, go on, and save. */
export function goOn(report: Report, name: string, file: Uint8Array): void {
  const detector = Detector.load(file)
  reportModel(report, `${name}, loaded`, detector.save())
  const records = name === 'moving' ? movingRecords(MORE, 12) : mixedRecords(MORE, 11)
  observeAll(report, `${name}, gone on`, detector, records)
  reportModel(report, `${name}, gone on`, detector.save())
  detector.release()
}
