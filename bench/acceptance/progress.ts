/** Say what is being measured, on a terminal: some topics take minutes. */
export function working(on: string): void {
  if (process.stderr.isTTY) console.error(`       … ${on}`)
}

/** Say a figure that nothing was promised of, in line with the findings. */
export function mention(text: string): void {
  console.log(`       ${text}`)
}
