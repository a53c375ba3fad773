import type { StreamInfo } from "@nats-io/jetstream"

/** In LOGS' metadata where it was restored from a backup: when the LOGS that was backed up had been created. */
const restoredFrom = "chaussettes.created"

/**
 * Which LOGS it is: when it was created. nats-server gives a stream that is restored another time, although all its sequences
 * are what they were; deploy/backup.sh therefore writes the first one into the stream's metadata.
 */
export const identityOf = ({ config, created }: Pick<StreamInfo, "config" | "created">): string =>
  config.metadata?.[restoredFrom] ?? created
