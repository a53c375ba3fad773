import {
  defaultReading,
  isFormatSpec,
  LineScanner,
  parseLogFormat,
  parseNetworks,
  readerFor
} from "@chaussettes/domain"

const networks = parseNetworks("private")
const trusted = networks.ok ? networks.networks : []
const readers = [readerFor(defaultReading)!, readerFor({ ...defaultReading, trusted })!]
const scanners = readers.map((reader) => new LineScanner("target", 16_384, 7, reader))

interface Said {
  readonly code: number
  readonly said: string
}

const read = (which: number, data: Buffer): ReadonlyArray<Said> => {
  const scanner = scanners[which]!
  readers[which]!.begin()
  const lines: Array<Said> = []
  for (let at = 0; at < data.length; at = scanner.next) {
    const code = scanner.scan(data, at, data.length)
    if (scanner.next <= at || scanner.next > data.length) throw new Error(`no progress at ${at}: ${scanner.next}`)
    if (scanner.lineEnd < at || scanner.lineEnd > scanner.next)
      throw new Error(`a line that ends at ${scanner.lineEnd}`)
    if (code !== 0) {
      lines.push({ code, said: "" })
      continue
    }
    const { text, clientStart, clientEnd, urlStart, urlEnd, status, timeMs } = scanner
    if (clientStart < 0 || clientEnd < clientStart || clientEnd > text.length)
      throw new Error("a client outside its text")
    if (urlStart >= 0 && (urlEnd < urlStart || urlEnd > text.length)) throw new Error("a URL outside its text")
    if (!(status === 0 || (status >= 100 && status <= 999))) throw new Error(`the status ${status}`)
    if (!Number.isFinite(timeMs)) throw new Error(`the time ${timeMs}`)
    const of = (from: number, to: number) => Buffer.from(text.subarray(from, to)).toString("latin1")
    lines.push({
      code,
      said: `${of(clientStart, clientEnd)} ${timeMs} ${status} ${urlStart < 0 ? "" : of(urlStart, urlEnd)}`
    })
  }
  return lines
}

/** Lines of any format are got through, and what is read of them depends on nothing that was read before: so verify reads what was counted. */
export const fuzz = (data: Buffer): void => {
  const declared = parseLogFormat(data.toString("latin1", 0, 512))
  if (declared.ok && !isFormatSpec({ name: "x", wrappers: [], inner: declared.spec }))
    throw new Error("a format string that is read and cannot be compiled")
  for (const which of readers.keys()) {
    const first = read(which, data)
    const again = read(which, data)
    if (JSON.stringify(first) !== JSON.stringify(again)) throw new Error("it is read otherwise the second time")
  }
}
