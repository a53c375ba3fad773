import {
  combinedFormats,
  jsonFormats,
  otherFormats,
  type Request,
  wrappedFormats
} from "../../../../libs/domain/test/format/corpus.ts"
import { furtherFormats } from "../../../../libs/domain/test/format/corpus-further.ts"

/** Some lines of every format of the corpus. */
const requests = ["203.0.113.7", "198.51.100.23", "203.0.113.7"].map(
  (client, i): Request => ({
    ms: Date.UTC(2026, 9, 10, 13, 55, 36 + i),
    client,
    method: "GET",
    path: `/a/${i}`,
    query: "",
    status: 404,
    size: 12,
    agent: "curl/8.0",
    referer: "-",
    durationMs: 20
  })
)
const formats = [...combinedFormats, ...jsonFormats, ...otherFormats, ...furtherFormats, ...wrappedFormats]

export const corpus = { formats, requests }
