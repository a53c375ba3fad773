import type { Language } from "../figures.ts"

/** The state of a cluster, in words for the terminal. */
export interface ClusterWords {
  readonly title: string
  readonly notifier: string
  readonly noLeader: string
  readonly leader: (server: string) => string
  readonly copies: (there: number, wanted: number) => string
  readonly offline: (server: string) => string
  readonly silent: (server: string, seconds: string) => string
  readonly behind: (server: string, operations: string) => string
}

const en: ClusterWords = {
  title: "copies on the cluster:",
  notifier: "notifier",
  noLeader: "no server leads: nothing can be written or read in order",
  leader: (server) => `${server} leads`,
  copies: (there, wanted) => `${there} of ${wanted} copies complete`,
  offline: (server) => `${server} is down`,
  silent: (server, seconds) => `${server} has been silent for ${seconds} s`,
  behind: (server, operations) => `${server} is behind by ${operations}`
}

const fr: ClusterWords = {
  title: "copies sur la grappe :",
  notifier: "notificateur",
  noLeader: "aucun serveur ne mène : rien ne peut être écrit, ni lu dans l’ordre",
  leader: (server) => `${server} mène`,
  copies: (there, wanted) => `${there} ${there > 1 ? "copies complètes" : "copie complète"} sur ${wanted}`,
  offline: (server) => `${server} est arrêté`,
  silent: (server, seconds) => `${server} se tait depuis ${seconds} s`,
  behind: (server, operations) => `${server} a ${operations} opérations de retard`
}

export const clusterWords = (language: Language): ClusterWords => (language === "fr" ? fr : en)
