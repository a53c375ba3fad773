/** Tokens with which the names of a system without a prefix begin, and those of buckets and object stores: a prefix must not lead into them. */
const taken = /^(logs|windows|alerts|rejects|chaussettes|(KV|OBJ)(_.*)?)$/

/** Why a text cannot be a prefix; undefined where it can. */
export const prefixProblem = (text: string): string | undefined => {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/.test(text))
    return 'a prefix is up to 32 letters, digits, "_" and "-", and begins with a letter or a digit'
  return taken.test(text) ? "it is a prefix of Chaussettes' or NATS' own names" : undefined
}
