/** One line a check, and the sum at the end. */
export class Report {
  #passed = 0
  #failed = 0
  readonly #startedMs = performance.now()

  say(text: string): void {
    process.stdout.write(`${((performance.now() - this.#startedMs) / 1000).toFixed(1).padStart(6)} s  ${text}\n`)
  }

  check(what: string, holds: boolean, otherwise: () => string = () => ""): void {
    if (holds) this.#passed++
    else this.#failed++
    const why = holds ? "" : otherwise()
    this.say(`${holds ? "ok     " : "FAILED "} ${what}${why === "" ? "" : `\n${why}`}`)
  }

  get failed(): number {
    return this.#failed
  }

  end(): void {
    process.stdout.write(`${this.#passed} passed, ${this.#failed} failed\n`)
  }
}
