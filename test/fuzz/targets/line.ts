import { LineScanner } from "@chaussettes/domain"

const scanners = [new LineScanner("path", 16_384, 7), new LineScanner("target", 16_384, 7)]

/** The scanner gets through any bytes, line by line, and cuts them at their line feeds. */
export const fuzz = (data: Buffer): void => {
  for (const scanner of scanners) {
    for (let at = 0; at < data.length; at = scanner.next) {
      scanner.scan(data, at, data.length)
      if (scanner.next <= at || scanner.next > data.length) throw new Error(`no progress at ${at}: ${scanner.next}`)
      if (scanner.lineEnd < at || scanner.lineEnd > scanner.next)
        throw new Error(`a line that ends at ${scanner.lineEnd}`)
      if (data.subarray(at, scanner.lineEnd).includes(10)) throw new Error("two lines in one")
    }
  }
}
