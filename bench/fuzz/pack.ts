/** Inputs in one file, each after its length. */

export const packed = (inputs: readonly Buffer[]): Buffer =>
  Buffer.concat(
    inputs.flatMap(input => {
      const length = Buffer.alloc(4)
      length.writeUInt32LE(input.length)
      return [length, input]
    }),
  )

export function unpacked(file: Buffer): Buffer[] {
  const inputs: Buffer[] = []
  for (let at = 0; at + 4 <= file.length; ) {
    const end = at + 4 + file.readUInt32LE(at)
    inputs.push(file.subarray(at + 4, end))
    at = end
  }
  return inputs
}
