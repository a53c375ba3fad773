import { type ClassIndex, classOfStatus, type JointError, type KeyPanes, type WindowPanes } from "../../src/index.ts"
import { Random } from "../support/random.ts"

export const windowMs = 10_000
/** A Monday at midnight UTC. */
const firstMs = 1_767_571_200_000

export interface Request {
  readonly client: string
  readonly url: string
  readonly status: number
}

const hashOf = (text: string): number => {
  let hash = 7
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}

const panesOf = (requests: ReadonlyArray<Request>, keyOf: (r: Request) => string): KeyPanes => {
  const rows = new Map<string, [requests: number, client: number, server: number]>()
  for (const request of requests) {
    const row = rows.get(keyOf(request)) ?? [0, 0, 0]
    row[0]++
    if (request.status >= 400) row[classOfStatus(request.status) + 1]!++
    rows.set(keyOf(request), row)
  }
  const all = [...rows]
  return {
    count: all.length,
    requests: (i) => all[i]![1][0],
    errors: (i) => all[i]![1][1] + all[i]![1][2],
    errorsOf: (i, c: ClassIndex) => all[i]![1][c + 1]!,
    hash: (i) => hashOf(all[i]![0]),
    text: (i) => all[i]![0],
    is: (i, text) => all[i]![0] === text
  }
}

/** The panes of a window, counted in the plainest way. */
const windowOf = (startMs: number, requests: ReadonlyArray<Request>): WindowPanes => {
  const failed = requests.filter((r) => r.status >= 400)
  const joint = new Map<string, JointError>()
  for (const { client, url, status } of failed) {
    const id = `${client} ${url} ${status}`
    joint.set(id, { client, url, status, errors: (joint.get(id)?.errors ?? 0) + 1 })
  }
  return {
    startMs,
    endMs: startMs + windowMs,
    requests: requests.length,
    errors: [failed.filter((r) => r.status < 500).length, failed.filter((r) => r.status >= 500).length],
    ip: panesOf(requests, (r) => r.client),
    url: panesOf(requests, (r) => r.url),
    joint: (most) => [...joint.values()].sort((a, b) => b.errors - a.errors).slice(0, most)
  }
}

/** A small site: 30 requests a window, 1 % 5xx and 4 % 4xx of 12 URLs and 25 clients. `spoil` changes what a window's requests come to. */
export class Site {
  #at = 0
  readonly random: Random

  constructor(seed: number) {
    this.random = new Random(seed)
  }

  next(spoil: (requests: Array<Request>, random: Random) => ReadonlyArray<Request> = (r) => r): WindowPanes {
    const { random } = this
    const count = random.int(20, 40)
    const requests = Array.from({ length: count }, (): Request => {
      const client = `10.${random.int(0, 24)}.1.1`
      const url = `/page/${Math.floor(random.next() ** 2 * 12)}`
      const luck = random.next()
      return { client, url, status: luck < 0.01 ? 500 : luck < 0.05 ? 404 : 200 }
    })
    return windowOf(firstMs + windowMs * this.#at++, spoil(requests, random))
  }
}
