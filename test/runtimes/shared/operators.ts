/** The operators of RxJS over records and over rows. */
import { firstValueFrom, from, toArray } from 'rxjs'
import { averagePrecision, byKey, Detector, denoise, detect, features, learn, rbm, rocAuc, score } from 'veto'
import { Draws } from './draws.ts'
import { keyedRecords, mixedRecords } from './records.ts'
import type { Report } from './report.ts'

export async function operators(report: Report): Promise<void> {
  const detector = new Detector()
  const records = [...mixedRecords(200, 21)]
  const detections = await firstValueFrom(from(records).pipe(detect(detector), toArray()))
  report.add('operators: detect', [JSON.stringify(detections)])
  const learnedFrom = from(mixedRecords(50, 22)).pipe(learn(detector), score(detector), toArray())
  report.add('operators: learn and score', [JSON.stringify(await firstValueFrom(learnedFrom))])
  const clean = await firstValueFrom(from(records).pipe(denoise(detector), toArray()))
  report.add('operators: denoise', [JSON.stringify(clean)])
  const seen = await firstValueFrom(from(records).pipe(features(detector), toArray()))
  for (const each of seen) report.add('operators: features', each)
  const keyed = await firstValueFrom(from(keyedRecords(1200, 23)).pipe(byKey('host'), toArray()))
  report.add('operators: by key', [JSON.stringify(keyed)])

  const machine = rbm.create([{ kind: 'bernoulli', size: 8 }])
  const draws = new Draws(24)
  const rows = Array.from({ length: 100 }, () => Float32Array.from({ length: 8 }, () => draws.below(2)))
  const energies = await firstValueFrom(from(rows).pipe(learn(machine), score(machine), toArray()))
  report.add('operators: energies of rows', energies)
  const labels = rows.map(row => row[0] === 1)
  report.add('evaluation', [String(averagePrecision(energies, labels)), String(rocAuc(energies, labels))])
  machine.release()
  detector.release()
}
