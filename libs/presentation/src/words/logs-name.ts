let name = "LOGS"

/** What the stream of lines is called on the server, where it has a prefix. Said once, before the first words: this package knows no server, and the page no environment. */
export const nameLogs = (stream: string): void => {
  name = stream
}

export const logsName = (): string => name
