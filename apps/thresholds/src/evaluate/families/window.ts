import { type ClassIndex, classOfStatus, type JointError, type KeyPanes, type WindowPanes } from "@chaussettes/domain"

/** The panes of one dimension, filled key by key. Keys are numbers of the site; their texts are made once. */
class Panes implements KeyPanes {
  count = 0
  readonly #texts: (key: number) => string
  readonly #keys: Array<number> = []
  readonly #requests: Array<number> = []
  readonly #client: Array<number> = []
  readonly #server: Array<number> = []
  readonly #places = new Map<number, number>()

  constructor(texts: (key: number) => string) {
    this.#texts = texts
  }

  add(key: number, requests: number, client: number, server: number): void {
    let i = this.#places.get(key)
    if (i === undefined) {
      i = this.count++
      this.#places.set(key, i)
      this.#keys[i] = key
      this.#requests[i] = this.#client[i] = this.#server[i] = 0
    }
    this.#requests[i]! += requests
    this.#client[i]! += client
    this.#server[i]! += server
  }

  requests(i: number): number {
    return this.#requests[i]!
  }
  errors(i: number): number {
    return this.#client[i]! + this.#server[i]!
  }
  errorsOf(i: number, c: ClassIndex): number {
    return (c === 0 ? this.#client : this.#server)[i]!
  }
  hash(i: number): number {
    return this.#keys[i]!
  }
  text(i: number): string {
    return this.#texts(this.#keys[i]!)
  }
  is(i: number, text: string): boolean {
    return this.text(i) === text
  }
}

/** A simulated window, by its requests. */
export class SiteWindow implements WindowPanes {
  readonly startMs: number
  readonly endMs: number
  requests = 0
  readonly errors: [number, number] = [0, 0]
  readonly ip: Panes
  readonly url: Panes
  readonly #cells = new Map<number, { client: number; url: number; status: number; errors: number }>()
  readonly #urlText: (key: number) => string
  readonly #ipText: (key: number) => string

  constructor(startMs: number, windowMs: number, urlText: (key: number) => string, ipText: (key: number) => string) {
    this.startMs = startMs
    this.endMs = startMs + windowMs
    this.#urlText = urlText
    this.#ipText = ipText
    this.url = new Panes(urlText)
    this.ip = new Panes(ipText)
  }

  /** Requests of one URL, before their clients are known. */
  toUrl(url: number, requests: number, client: number, server: number): void {
    this.requests += requests
    this.errors[0] += client
    this.errors[1] += server
    this.url.add(url, requests, client, server)
  }

  fine(ip: number, requests: number): void {
    this.ip.add(ip, requests, 0, 0)
  }

  failed(ip: number, url: number, status: number): void {
    const c = classOfStatus(status)
    this.ip.add(ip, 1, 1 - c, c)
    const id = (ip * 8_192 + url) * 1_024 + status
    const cell = this.#cells.get(id)
    if (cell === undefined) this.#cells.set(id, { client: ip, url, status, errors: 1 })
    else cell.errors++
  }

  joint(most: number): ReadonlyArray<JointError> {
    return [...this.#cells.values()]
      .sort((a, b) => b.errors - a.errors)
      .slice(0, most)
      .map(({ client, url, status, errors }) => ({
        client: this.#ipText(client),
        url: this.#urlText(url),
        status,
        errors
      }))
  }
}
