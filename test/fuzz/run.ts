/*
 * Coverage-guided fuzzing of what reads bytes that strangers wrote: `npm run fuzz` for five minutes in all, `npm run fuzz -- SECONDS` for so many a
 * target. Only this thread's own time on a processor counts, so that as much is tried beside a busy neighbour as on an idle machine.
 * Begins with the corpus beside this file, which also holds what once failed. An input that reaches code that none reached before is kept and
 * changed further. V8 itself says what was reached (Jazzer.js 4 needs a newer glibc than Debian 12 has, jsfuzz knows no ES modules).
 * Ends with 1 where an input throws or takes long, and says where that input stands.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { Session } from "node:inspector/promises"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"

const totalSeconds = 300
const mostBytes = 8_192
/** An input that takes longer is a failure: lines come by the hundred thousand. */
const mostMs = 1_000
const inputsARound = 1_024
/** What reaches new code is looked for among the inputs of a round, again and again by halves: where inputs take long there are fewer of them. */
const roundMs = 500

const nowMs = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}

type Fuzz = (data: Buffer) => void

/** Numbers that repeat themselves for a seed (xorshift32, Marsaglia 2003). */
const randomOf = (seed: number) => {
  let state = seed | 1
  return (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** Bytes that mean something to one reader or another. */
const telling = [..."\n\r\t \"'\\[]{}:,.-+%/?=0129aAfFzZ\0\u001b"]
  .map((c) => c.charCodeAt(0))
  .concat([0x7f, 0x80, 0xc3, 0xe2, 0xff])

const mutated = (corpus: ReadonlyArray<Buffer>, random: (below: number) => number): Buffer => {
  let data = Buffer.from(corpus[random(corpus.length)]!)
  for (let changes = 1 + random(6); changes > 0; changes--) {
    const at = random(data.length + 1)
    const length = random(random(2) === 0 ? 4 : 64)
    const other = corpus[random(corpus.length)]!
    const from = random(other.length + 1)
    const byte = Buffer.of(random(3) === 0 ? random(256) : telling[random(telling.length)]!)
    switch (random(5)) {
      case 0:
        data = Buffer.concat([data.subarray(0, at), byte, data.subarray(at + 1)])
        break
      case 1:
        data = Buffer.concat([data.subarray(0, at), byte, data.subarray(at)])
        break
      case 2:
        data = Buffer.concat([data.subarray(0, at), data.subarray(at + length)])
        break
      case 3:
        data = Buffer.concat([data.subarray(0, at), other.subarray(from, from + length), data.subarray(at)])
        break
      default:
        data = Buffer.concat([
          data.subarray(0, at + length),
          ...Array(random(8)).fill(data.subarray(at, at + length)),
          data.subarray(at + length)
        ])
    }
  }
  return data.subarray(0, mostBytes)
}

const session = new Session()
session.connect()
await session.post("Profiler.enable")
await session.post("Profiler.startPreciseCoverage", { callCount: false, detailed: true })

type Covered = Map<string, Uint8Array>

/** Of each of our own files the characters that were run since the last time. */
const reached = async (): Promise<Covered> => {
  const { result } = await session.post("Profiler.takePreciseCoverage")
  const covered: Covered = new Map()
  for (const { scriptId, url, functions } of result) {
    if (!/\/(libs|apps)\//.test(url) || url.includes("/node_modules/")) continue
    const ranges = functions.flatMap((one) => one.ranges)
    const marks = new Uint8Array(Math.max(0, ...ranges.map(({ endOffset }) => endOffset)))
    // The outer ones stand first: what stands within one says so for its part.
    for (const { startOffset, endOffset, count } of ranges) marks.fill(count > 0 ? 1 : 0, startOffset, endOffset)
    covered.set(scriptId, marks)
  }
  return covered
}

/** How much of it is not known yet; with `learn` it is from then on. */
const freshIn = (covered: Covered, known: Covered, learn: boolean): number => {
  let fresh = 0
  for (const [script, marks] of covered) {
    const before = known.get(script) ?? new Uint8Array(0)
    const after = new Uint8Array(Math.max(marks.length, before.length))
    after.set(before)
    for (let i = 0; i < marks.length; i++) {
      if (marks[i] === 0 || after[i] === 1) continue
      after[i] = 1
      fresh++
    }
    if (learn) known.set(script, after)
  }
  return fresh
}

/** Why an input fails; undefined where it does not. */
const failureOf = (fuzz: Fuzz, data: Buffer): string | undefined => {
  const begun = nowMs()
  try {
    fuzz(Buffer.from(data))
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const ms = nowMs() - begun
  return ms > mostMs ? `it took ${Math.round(ms)} ms` : undefined
}

const fuzzed = async (target: string, seconds: number, seed: number): Promise<boolean> => {
  const { fuzz } = (await import(`./targets/${target}.ts`)) as { readonly fuzz: Fuzz }
  const folder = join(import.meta.dirname, "corpus", target)
  const corpus: Array<Buffer> = readdirSync(folder).map((file) => readFileSync(join(folder, file)))
  const random = randomOf(seed)
  const known: Covered = new Map()
  const deadlineMs = nowMs() + seconds * 1_000
  /** Which of them reach what none reached before: each half once more, and so on. */
  const keep = async (inputs: ReadonlyArray<Buffer>): Promise<void> => {
    if (nowMs() >= deadlineMs) return
    for (const data of inputs) fuzz(Buffer.from(data))
    const covered = await reached()
    if (freshIn(covered, known, inputs.length === 1) === 0) return
    if (inputs.length === 1) {
      corpus.push(inputs[0]!)
      return
    }
    const half = inputs.length >> 1
    await keep(inputs.slice(0, half))
    await keep(inputs.slice(half))
    // What only several together reach cannot be told apart further.
    freshIn(covered, known, true)
  }
  let inputs = 0
  let round: ReadonlyArray<Buffer> = [...corpus]
  while (nowMs() < deadlineMs) {
    const endMs = Math.min(deadlineMs, nowMs() + roundMs)
    const run: Array<Buffer> = []
    for (const data of round) {
      // All of the corpus is run, however long it takes.
      if (inputs >= corpus.length && nowMs() >= endMs) break
      run.push(data)
      const failure = failureOf(fuzz, data)
      inputs++
      if (failure === undefined) continue
      const failed = join(tmpdir(), "chaussettes-fuzz", `${target}-${Date.now()}`)
      mkdirSync(join(failed, ".."), { recursive: true })
      writeFileSync(failed, data)
      process.stdout.write(`${target} fails with ${failed}: ${failure}\n`)
      return false
    }
    if (freshIn(await reached(), known, false) > 0) await keep(run)
    round = Array.from({ length: inputsARound }, () => mutated(corpus, random))
  }
  process.stdout.write(
    `${target}: ${inputs} inputs, ${freshIn(known, new Map(), false)} characters of code reached, ${corpus.length} kept, seed ${seed}\n`
  )
  return true
}

const targets = readdirSync(join(import.meta.dirname, "targets")).map((file) => basename(file, ".ts"))
const seconds = Number(process.argv[2] ?? Math.floor(totalSeconds / targets.length))
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31)
let isFine = true
for (const target of targets) isFine = (await fuzzed(target, seconds, seed)) && isFine
session.disconnect()
process.exitCode = isFine ? 0 : 1
