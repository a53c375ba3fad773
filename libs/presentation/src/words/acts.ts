import type { ActType } from "@chaussettes/domain"
import type { Language } from "../figures.ts"

/** What people say about incidents, in words: for the terminal and the page. */
export interface ActsWords {
  readonly types: { readonly [type in ActType]: string }
  readonly everything: string
  readonly acknowledged: string
  readonly silenced: string
  readonly inMaintenance: string
  readonly by: (name: string) => string
  /** As a tag beside an incident. */
  readonly acknowledgedBy: (name: string | undefined) => string
  readonly quietUntil: (type: "silence" | "maintenance", time: string) => string
  readonly span: (from: string, until: string) => string
  readonly notes: (count: number) => string
  readonly acknowledge: string
  readonly silenceFor: string
  readonly spans: {
    readonly halfHour: string
    readonly hour: string
    readonly fourHours: string
    readonly eightHours: string
    readonly day: string
    readonly week: string
  }
  readonly note: string
  readonly noteHint: string
  readonly send: string
  /** Ends a silence or maintenance. */
  readonly lift: string
  /** The same for what was acknowledged or noted. */
  readonly takeBack: string
  readonly inForce: (count: number) => string
  readonly noneInForce: string
  readonly toCome: string
  readonly declare: string
  readonly declareHint: string
  readonly about: string
  readonly abouts: { readonly everything: string; readonly key: string; readonly kind: string }
  readonly begins: string
  readonly lasts: string
  readonly why: string
  readonly declareMaintenance: string
  readonly silence: string
  readonly history: string
  readonly noHistory: string
  readonly left: (count: number) => string
  readonly done: string
  readonly force: string
  readonly forced: string
  readonly token: string
  readonly name: string
  readonly enter: string
  readonly tokenWrong: string
  readonly failed: (why: string) => string
}

const en: ActsWords = {
  types: {
    acknowledge: "acknowledged",
    silence: "silenced",
    maintenance: "maintenance",
    note: "note",
    lift: "lifted"
  },
  everything: "all incidents",
  acknowledged: "acknowledged",
  silenced: "silenced",
  inMaintenance: "maintenance",
  by: (name) => `by ${name}`,
  acknowledgedBy: (name) => (name === undefined ? "acknowledged" : `acknowledged by ${name}`),
  quietUntil: (type, time) => `${type === "maintenance" ? "maintenance" : "silenced"} until ${time}`,
  span: (from, until) => `from ${from} until ${until}`,
  notes: (count) => `${count} ${count === 1 ? "note" : "notes"}`,
  acknowledge: "Acknowledge",
  silenceFor: "Silence for",
  spans: {
    halfHour: "30 minutes",
    hour: "1 hour",
    fourHours: "4 hours",
    eightHours: "8 hours",
    day: "1 day",
    week: "1 week"
  },
  note: "Note",
  noteHint: "What the next person should know",
  send: "Add note",
  lift: "Lift",
  takeBack: "Take back",
  inForce: (count) => (count === 0 ? "Silences and maintenance" : `Silences and maintenance (${count})`),
  noneInForce: "Nothing is silenced, and no maintenance is declared: people are told of every incident.",
  toCome: "to come",
  declare: "Silence something, or declare a maintenance",
  declareHint: "The detector goes on as always. Only notifications stop, and the headline is not red for it.",
  about: "About",
  abouts: {
    everything: "Everything (maintenance)",
    key: "A URL, client or network",
    kind: "All incidents of a kind"
  },
  begins: "Begins (empty: now)",
  lasts: "Lasts",
  why: "Why",
  declareMaintenance: "Declare maintenance",
  silence: "Silence",
  history: "What else was said in the last 30 days",
  noHistory: "Nothing else was said about incidents.",
  left: (count) => `${count} older ones are left out: chaussettes incidents acts shows them.`,
  done: "Saved.",
  force: "Put in force",
  forced: "In force from the next window on.",
  token: "Operator’s token",
  name: "Your name",
  enter: "Continue",
  tokenWrong: "This is not the operator’s token.",
  failed: (why) => `Not saved: ${why}`
}

const fr: ActsWords = {
  types: {
    acknowledge: "pris en charge",
    silence: "mis en sourdine",
    maintenance: "maintenance",
    note: "note",
    lift: "levé"
  },
  everything: "tous les incidents",
  acknowledged: "pris en charge",
  silenced: "en sourdine",
  inMaintenance: "maintenance",
  by: (name) => `par ${name}`,
  acknowledgedBy: (name) => (name === undefined ? "pris en charge" : `pris en charge par ${name}`),
  quietUntil: (type, time) => `${type === "maintenance" ? "maintenance" : "en sourdine"} jusqu’à ${time}`,
  span: (from, until) => `de ${from} à ${until}`,
  notes: (count) => `${count} ${count < 2 ? "note" : "notes"}`,
  acknowledge: "Prendre en charge",
  silenceFor: "Mettre en sourdine pendant",
  spans: {
    halfHour: "30 minutes",
    hour: "1 heure",
    fourHours: "4 heures",
    eightHours: "8 heures",
    day: "1 jour",
    week: "1 semaine"
  },
  note: "Note",
  noteHint: "Ce que la personne suivante doit savoir",
  send: "Ajouter la note",
  lift: "Lever",
  takeBack: "Retirer",
  inForce: (count) => (count === 0 ? "Sourdines et maintenance" : `Sourdines et maintenance (${count})`),
  noneInForce: "Rien n’est en sourdine et aucune maintenance n’est déclarée\u00a0: chaque incident est signalé.",
  toCome: "à venir",
  declare: "Mettre en sourdine, ou déclarer une maintenance",
  declareHint:
    "Le détecteur continue comme d’habitude. Seules les notifications cessent, et le titre ne passe pas au rouge pour autant.",
  about: "Concerne",
  abouts: {
    everything: "Tout (maintenance)",
    key: "Une URL, un client ou un réseau",
    kind: "Tous les incidents d’un genre"
  },
  begins: "Début (vide\u00a0: maintenant)",
  lasts: "Durée",
  why: "Pourquoi",
  declareMaintenance: "Déclarer la maintenance",
  silence: "Mettre en sourdine",
  history: "Autres actes des 30 derniers jours",
  noHistory: "Rien d’autre n’a été dit au sujet des incidents.",
  left: (count) => `${count} plus anciens ne sont pas affichés\u00a0: chaussettes incidents acts les montre.`,
  done: "Enregistré.",
  force: "Mettre en vigueur",
  forced: "En vigueur dès la prochaine fenêtre.",
  token: "Jeton de l’opérateur",
  name: "Votre nom",
  enter: "Continuer",
  tokenWrong: "Ce n’est pas le jeton de l’opérateur.",
  failed: (why) => `Non enregistré\u00a0: ${why}`
}

export const actsWords = (language: Language): ActsWords => (language === "fr" ? fr : en)
