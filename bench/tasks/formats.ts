/**
 * Reading lines of several formats, without the fold: `formats.ts <file of Combined lines> <rounds>`. The same requests are written in each format, and the
 * rounds are interleaved. Prints lines a second of this program's own time, so that a busy machine counts for none.
 */
import { readFileSync } from "node:fs"
import { defaultReading, type LineReading, LineScanner, limits, parseLogFormat, readerFor } from "@chaussettes/domain"

const combinedForm = /^(\S+) \S+ \S+ \[([^\]]+)\] "(\S+) ([^"]*?)( HTTP\/[\d.]+)?" (\d+) (\S+) "([^"]*)" "([^"]*)"$/

const rows = readFileSync(process.argv[2]!, "latin1")
  .split("\n")
  .flatMap((line) => {
    const m = combinedForm.exec(line)
    if (m === null) return []
    const [, client, time, method, target, version = "", status, size, referer, agent] = m as unknown as Array<string>
    return [{ client, time, request: `${method} ${target}${version}`, method, target, status, size, referer, agent }]
  })

type Row = (typeof rows)[number]

const plus = (text: string | undefined): string => (text === "" ? "-" : text!.replaceAll(" ", "+"))
const months = "JanFebMarAprMayJunJulAugSepOctNovDec"

const w3c = ({ time, method, target, client, agent, referer, status }: Row): string => {
  const [day, month, year, clock] = [time!.slice(0, 2), time!.slice(3, 6), time!.slice(7, 11), time!.slice(12, 20)]
  const number = `${months.indexOf(month) / 3 + 1}`.padStart(2, "0")
  const [path, query = "-"] = target!.split("?")
  return `${year}-${number}-${day} ${clock} 10.0.0.1 ${method} ${path} ${query} 443 - ${client} ${plus(agent)} ${plus(referer)} ${status} 0 0 12`
}

const custom = parseLogFormat(
  '$remote_addr [$time_local] $host "$request" $status $body_bytes_sent $request_time "$http_referer" "$http_user_agent"'
)
if (!custom.ok) throw new Error(custom.reason)
const declared: LineReading = { ...defaultReading, format: { name: "custom", wrappers: [], inner: custom.spec } }

const encoded = (line: (row: Row) => string, head = ""): Uint8Array =>
  Uint8Array.from(Buffer.from(`${head}${rows.map(line).join("\n")}\n`, "latin1"))

const fields =
  "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken\n"

const formats: { readonly [name: string]: { readonly bytes: Uint8Array; readonly reading: LineReading } } = {
  combined: {
    bytes: encoded(
      (r) => `${r.client} - - [${r.time}] "${r.request}" ${r.status} ${r.size} "${r.referer}" "${r.agent}"`
    ),
    reading: defaultReading
  },
  custom: {
    bytes: encoded(
      (r) =>
        `${r.client} [${r.time}] example.com "${r.request}" ${r.status} ${r.size} 0.003 "${r.referer}" "${r.agent}"`
    ),
    reading: declared
  },
  json: {
    bytes: encoded((r) =>
      JSON.stringify({
        time_local: r.time,
        remote_addr: r.client,
        request: r.request,
        status: r.status,
        body_bytes_sent: r.size,
        request_time: "0.003",
        http_referer: r.referer,
        http_user_agent: r.agent
      })
    ),
    reading: defaultReading
  },
  w3c: { bytes: encoded(w3c, fields), reading: defaultReading }
}

const rate = ({ bytes, reading }: { readonly bytes: Uint8Array; readonly reading: LineReading }): number => {
  const scanner = new LineScanner("path", limits.lineBytes, 1, readerFor(reading))
  const before = process.cpuUsage()
  let right = 0
  for (let at = 0; at < bytes.length; at = scanner.next) if (scanner.scan(bytes, at, bytes.length) === 0) right++
  if (right < rows.length) throw new Error(`only ${right} of ${rows.length} lines are read`)
  return right / (process.cpuUsage(before).user / 1e6)
}

const results: { [name: string]: Array<number> } = {}
for (const format of Object.values(formats)) rate(format)
for (let round = 0; round < Number(process.argv[3]); round++) {
  for (const [name, format] of Object.entries(formats)) {
    results[name] ??= []
    results[name].push(rate(format))
  }
}
console.log(JSON.stringify(results))
