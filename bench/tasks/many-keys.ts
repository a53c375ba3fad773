/** One window with so many distinct IPs and as many URLs: `many-keys.ts <keys>`. What counts is the process's peak of memory. */
import { batchOf, Detection, defaultSettings, firstThresholds, thresholdsOf } from "@chaussettes/domain"

const keys = Number(process.argv[2])
const settings = { ...defaultSettings, idleMs: Number.MAX_SAFE_INTEGER }
const detection = new Detection(settings, thresholdsOf(firstThresholds), { origin: "logs", hashSeed: 1 })
const encoder = new TextEncoder()
const storedMs = Date.UTC(2026, 0, 5, 10)
const linesAMessage = 500
for (let key = 0, seq = 1; key < keys; seq++) {
  let text = ""
  for (let i = 0; i < linesAMessage && key < keys; i++, key++) {
    text += `10.${(key >> 16) & 255}.${(key >> 8) & 255}.${key & 255} - - [05/Jan/2026:10:00:01 +0000] "GET /produit/chaussette-${key} HTTP/1.1" ${key % 20 === 0 ? 404 : 200} 512\n`
  }
  detection.ingest(batchOf([{ seq, source: "bench", storedMs, bytes: encoder.encode(text) }]))
}
detection.silence(Number.MAX_SAFE_INTEGER)
console.log(JSON.stringify({ windows: detection.take().decisions.length }))
