interface Acked {
  readonly seq: number
  readonly reply: string
}

/** More than so many batches that nobody acknowledges are not worth remembering one by one. */
const most = 4_096

/**
 * The replies by which what was read can be acknowledged: one a batch, since `AckPolicy.All` takes everything before it
 * along. A reply names the place in what the consumer delivered, so it is void once the consumer is opened anew.
 */
export class AckLedger {
  readonly #of = new Map<string, Array<Acked>>()

  note(durable: string, seq: number, reply: Uint8Array): void {
    const noted = this.#of.get(durable) ?? []
    const kept = noted.length < most ? noted : noted.filter((_, i) => i % 2 === 1)
    kept.push({ seq, reply: new TextDecoder().decode(reply) })
    this.#of.set(durable, kept)
  }

  forget(durable: string): void {
    this.#of.delete(durable)
  }

  /** The reply that acknowledges the most without going beyond `seq`; what is before it is forgotten. */
  take(durable: string, seq: number): string | undefined {
    const noted = this.#of.get(durable)
    if (noted === undefined) return undefined
    let count = 0
    while (count < noted.length && noted[count]!.seq <= seq) count++
    return count === 0 ? undefined : noted.splice(0, count)[count - 1]!.reply
  }
}
