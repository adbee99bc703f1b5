/** Which source a command reads, by its flags, and in which format. */
import { usageError } from './errors.ts'
import { type Format, formatOfName } from './io/format.ts'
import type { Position } from './io/position.ts'
import type { Report } from './io/report.ts'
import { openSource, type Source } from './io/source.ts'
import type { CommonFlags, SourceFlags } from './options.ts'
import type { Surroundings } from './surroundings.ts'

type Flags = CommonFlags & SourceFlags

/**
 * @param position where to go on, of an earlier run
 * @throws CommandError (usage) for flags that contradict each other, (input) for what cannot be read
 */
export function openInput(
  { file, flags }: { readonly file: string | undefined; readonly flags: Flags },
  { stdin }: Pick<Surroundings, 'stdin'>,
  report: Report,
  position: Position | undefined,
): Source {
  const { follow, listen: address, maxLine } = flags
  if (address) checkListening(file, flags, position)
  const source = openSource(file, () => stdin, {
    from: position?.input,
    follow,
    listen: address && { address, maxLine },
    say: message => report.say(message),
  })
  report.sender = () => source.sender
  return source
}

function checkListening(file: string | undefined, { follow, format }: Flags, position?: Position): void {
  if (file !== undefined) throw usageError(`expected --listen or a file, got both, the file ${file}`)
  if (follow) throw usageError('expected --listen or --follow, got both; only files are followed')
  if (format === 'csv' || position?.reader.format === 'csv')
    throw usageError('expected NDJSON with --listen, got CSV; clients have no header in common')
}

/** The format that flags or the name say, `auto` when it is to be found out. */
export function formatOf({ format, listen }: Flags, { name }: Source): Format | 'auto' {
  if (listen) return 'ndjson'
  return format === 'auto' ? (formatOfName(name) ?? 'auto') : format
}
