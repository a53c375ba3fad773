/** Steps that a test can look through. */
export class Words {
  #said: string

  constructor(first: string) {
    this.#said = first
  }

  /** Answers all words so far. */
  say(word: string): string {
    this.#said += ` ${word}`
    return this.#said
  }

  forget(): void {
    this.#said = ""
  }

  sum(bytes: Uint8Array): number {
    return bytes.reduce((sum, byte) => sum + byte, 0)
  }

  take(upTo: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: upTo }, (_, i) => i)
  }

  fail(why: string): void {
    throw new Error(why)
  }

  /** Works for so long. */
  work(ms: number): void {
    const endMs = performance.now() + ms
    while (performance.now() < endMs);
  }
}
