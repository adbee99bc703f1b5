/** For the test of the fuzzer: throws at what begins with a certain word, and looks at its letters one after the other. */
export function lock(text: string): void {
  if (text[0] !== 's') return
  if (text[1] !== 'e') return
  if (text[2] !== 's') return
  if (text[3] !== 'a') return
  if (text[4] !== 'm') return
  if (text[5] !== 'e') return
  throw new Error('open')
}
