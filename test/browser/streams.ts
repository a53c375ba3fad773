import { type Alert, type IncidentEvent, parseRfc3339, type WindowRecord } from "@chaussettes/domain"
import {
  AlertsLog,
  Connection,
  IncidentsLog,
  LogsReader,
  LogsWriter,
  layerAlertsLog,
  layerIncidentsLog,
  layerLogsReader,
  layerLogsWriter,
  layerWindowsLog,
  WindowsLog
} from "@chaussettes/jetstream"
import { Effect, Layer, ManagedRuntime, Stream } from "effect"

const decoder = new TextDecoder()

/** The streams themselves, past the page: what it shows is compared with them. */
export const openStreams = async (url: string) => {
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(layerAlertsLog, layerIncidentsLog, layerWindowsLog, layerLogsReader, layerLogsWriter()).pipe(
      Layer.provide(Connection.layer({ servers: [url], name: "test" }))
    )
  )
  const seen: Array<{ readonly alert: Alert; readonly seenMs: number }> = []
  runtime.runFork(
    AlertsLog.use((log) =>
      Stream.runForEach(log.follow(1), (entry) =>
        Effect.sync(() => {
          seen.push({ alert: JSON.parse(entry.data) as Alert, seenMs: performance.now() })
        })
      )
    )
  )
  const told: Array<{ readonly event: IncidentEvent; readonly seenMs: number }> = []
  runtime.runFork(
    IncidentsLog.use((log) =>
      Stream.runForEach(log.follow(1), (entry) =>
        Effect.sync(() => {
          told.push({ event: JSON.parse(entry.data) as IncidentEvent, seenMs: performance.now() })
        })
      )
    )
  )
  return {
    /** Events of incidents in their order, and when this process saw each. */
    told,
    /** Alerts in their order, and when this process saw each. */
    seen,
    records: () =>
      runtime.runPromise(
        WindowsLog.use((log) =>
          Effect.map(Stream.runCollect(log.readFrom(1)), (all) => all.map((e) => JSON.parse(e.data) as WindowRecord))
        )
      ),
    /** The lines of LOGS between two sequences, read without the project's own parser. */
    lines: (fromSeq: number, throughSeq: number): Promise<ReadonlyArray<string>> =>
      runtime.runPromise(
        LogsReader.use((reader) =>
          Stream.runCollect(reader.read({ fromSeq, throughSeq })).pipe(
            Effect.map((reads) =>
              reads.flatMap(({ batch }) =>
                Array.from({ length: batch.messages }, (_, i) =>
                  decoder.decode(batch.bytes.subarray(batch.offsets[i]!, batch.offsets[i + 1]!)).split("\n")
                ).flat()
              )
            )
          )
        )
      ),
    publish: (source: string, lines: ReadonlyArray<string>) =>
      runtime.runPromise(
        LogsWriter.use((writer) =>
          Effect.andThen(writer.publish(source, { payload: new TextEncoder().encode(lines.join("\n")) }), writer.flush)
        )
      ),
    close: () => runtime.dispose()
  }
}

export type Streams = Awaited<ReturnType<typeof openStreams>>

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** When a Combined line says that it was; by a way of its own. */
const timeOfLine = (line: string): number => {
  const m = /\[(\d\d)\/(\w{3})\/(\d{4}):([\d:]{8}) ([+-]\d{2})(\d{2})\]/.exec(line)
  if (m === null) return Number.NaN
  const month = String(months.indexOf(m[2]!) + 1).padStart(2, "0")
  return Date.parse(`${m[3]}-${month}-${m[1]}T${m[4]}${m[5]}:${m[6]}`)
}

/** A line as a web server writes it now. */
export const lineNow = (ip: string, target: string, status: number): string => {
  const t = new Date()
  const two = (n: number) => String(n).padStart(2, "0")
  const time = `${two(t.getUTCDate())}/${months[t.getUTCMonth()]}/${t.getUTCFullYear()}:${two(t.getUTCHours())}:${two(t.getUTCMinutes())}:${two(t.getUTCSeconds())} +0000`
  return `${ip} - - [${time}] "GET ${target} HTTP/1.1" ${status} 12 "-" "test"`
}

export const inWindow = (alert: Alert, line: string): boolean => {
  const ms = timeOfLine(line)
  return ms >= parseRfc3339(alert.window.start)! && ms < parseRfc3339(alert.window.end)!
}
