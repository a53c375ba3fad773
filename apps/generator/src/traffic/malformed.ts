import { bytesOf } from "./line-bytes.ts"
import type { Random } from "./random.ts"

/** Where the parts of a line stand that are damaged. */
export interface LineParts {
  readonly start: number
  /** The byte behind `[`. */
  readonly time: number
  /** The request's opening quote. */
  readonly request: number
  /** The status's first digit. */
  readonly status: number
  /** The first digit of the size. */
  readonly size: number
  readonly end: number
}

const noMonth = bytesOf("Foo")
const noStatus = bytesOf("abc")
const tls = new Uint8Array([0x16, 0x03, 0x01, 0x02, 0x00, 0x01])
const X = 120
const SPACE = 32

/**
 * Damages a line as lines are damaged in the wild: cut off, a month that is none, a status that is none, a quote missing,
 * TLS bytes where HTTP was expected, a size that is no number. Each is a line that a strict parser rejects.
 * Answers where the line ends now.
 */
export const damage = (random: Random, bytes: Uint8Array, line: LineParts): number => {
  switch (random.below(6)) {
    case 0:
      // behind the status it could be a right line of the Common form
      return line.start + 1 + random.below(line.status - line.start)
    case 1:
      bytes.set(noMonth, line.time + 3)
      return line.end
    case 2:
      bytes.set(noStatus, line.status)
      return line.end
    case 3:
      bytes[line.request] = SPACE
      return line.end
    case 4:
      bytes.set(tls, line.start)
      return line.end
    default:
      bytes[line.size] = X
      return line.end
  }
}
