import { FrameSplitter, FrameTooLong } from "../../../apps/generator/src/receive/frames.ts"

/** The lines of a connection whose bytes come in pieces of this length; undefined where it was ended for a frame that is too long. */
const linesOf = (data: Buffer, pieceBytes: number): string | undefined => {
  const splitter = new FrameSplitter()
  const lines: Array<Uint8Array> = []
  try {
    for (let at = 0; at < data.length; at += pieceBytes)
      lines.push(...splitter.push(data.subarray(at, at + pieceBytes)))
  } catch (error) {
    if (error instanceof FrameTooLong) return undefined
    throw error
  }
  lines.push(...splitter.end())
  if (lines.some((line) => line.includes(10))) throw new Error("a line holds a line end")
  return lines.map((line) => Buffer.from(line).toString("latin1")).join("\n")
}

/** However a connection's bytes are cut on their way, their lines are the same. */
export const fuzz = (data: Buffer): void => {
  const whole = linesOf(data, data.length + 1)
  for (const pieceBytes of [1, 7]) {
    if (linesOf(data, pieceBytes) !== whole) throw new Error(`in pieces of ${pieceBytes} bytes it is other lines`)
  }
}
