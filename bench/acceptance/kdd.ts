/**
 * Connections of KDD Cup 1999 (the file `kddcup.data_10_percent`, also .gz), in the order in which they arrived, with
 * numbers and categories. Attacks come in bursts of thousands and are the majority of the file; thinned out to the first
 * and then every 225th of each run they are 2 %.
 */
import { veto } from '../detection/contestants.ts'
import { setsIn } from '../detection/labelled-set.ts'
import { figuresTable } from '../detection/print.ts'
import { meanOver, outcomes } from '../detection/protocol.ts'
import type { Finding } from './finding.ts'
import { working } from './progress.ts'

/** The file has no header; these are the names in the order of its columns (kddcup.names). */
const columns = [
  ...['duration', 'protocol_type', 'service', 'flag', 'src_bytes', 'dst_bytes', 'land', 'wrong_fragment'],
  ...['urgent', 'hot', 'num_failed_logins', 'logged_in', 'num_compromised', 'root_shell', 'su_attempted'],
  ...['num_root', 'num_file_creations', 'num_shells', 'num_access_files', 'num_outbound_cmds'],
  ...['is_host_login', 'is_guest_login', 'count', 'srv_count', 'serror_rate', 'srv_serror_rate'],
  ...['rerror_rate', 'srv_rerror_rate', 'same_srv_rate', 'diff_srv_rate', 'srv_diff_host_rate'],
  ...['dst_host_count', 'dst_host_srv_count', 'dst_host_same_srv_rate', 'dst_host_diff_srv_rate'],
  ...['dst_host_same_src_port_rate', 'dst_host_srv_diff_host_rate', 'dst_host_serror_rate'],
  ...['dst_host_srv_serror_rate', 'dst_host_rerror_rate', 'dst_host_srv_rerror_rate', 'label'],
]
const THIN = 225

const ours = veto()
/** One family alone each: nothing is promised of them. */
const contestants = [ours, veto('prototype'), veto('rbm'), veto('frequency')]

export async function* kdd(file: string): AsyncGenerator<Finding> {
  const sets = setsIn(file, { header: columns, label: 'label', normal: 'normal.', thin: THIN })
  const spoken = contestants.map(({ name, judge }) => ({
    name,
    judge(entry: Parameters<typeof judge>[0]) {
      working(`${name}, seed ${entry.seed}`)
      return judge(entry)
    },
  }))
  const all = []
  const protocol = { sets, contestants: spoken, spoilers: [undefined], seeds: [1, 2, 3] }
  for await (const outcome of outcomes(protocol)) all.push(outcome)
  console.log(`${figuresTable(all, 'rocAuc')}\n${figuresTable(all, 'averagePrecision')}`)
  yield { what: 'ROC-AUC, mean of 3 seeds', figure: meanOver(all, ours.name, 'rocAuc')!, goal: 0.985 }
  yield {
    what: 'average precision, mean of 3 seeds',
    figure: meanOver(all, ours.name, 'averagePrecision')!,
    goal: 0.78,
  }
}
