import {
  type ClosedBy,
  everyDimension,
  leastOfHour,
  maxKnots,
  mostOfHour,
  type NoVerdictCause,
  type RejectReason,
  thresholdReasons,
  visibleText
} from "@chaussettes/domain"
import {
  type DetectorStatus,
  type Headline,
  type RecentNoVerdict,
  rightOffsetMs,
  type SourceOffClock,
  type Status,
  type Tone,
  toneOf
} from "@chaussettes/readmodel"
import { exactSpanText, offsetFlag } from "../clock.ts"
import { countText, durationText, percentText } from "../figures.ts"
import type { Words } from "./en.ts"
import { incidentsFr } from "./incidents-fr.ts"
import { logsName } from "./logs-name.ts"
import type { Sentence } from "./segments.ts"

const n = (count: number): string => countText("fr", count)
const many = (count: number, one: string, more: string): string => `${n(count)} ${count < 2 ? one : more}`
/** Of a number that is text already. */
const isOne = (count: string): boolean => count === "0" || count === "1"

/** What a program says in its own words, which are English. */
const quoted = (text: string): string => `«\u00a0${visibleText(text.replace(/\.$/, ""))}\u00a0»`

const thresholdRefusals: { readonly [why in keyof typeof thresholdReasons]: string } = {
  empty: "il est vide",
  notJson: "ce n’est ni un nombre ni du JSON",
  outOfRange: "il n’est pas compris entre 0 et 1",
  notNumber: "ce n’est pas un nombre",
  badRate: "son taux «\u00a0rate\u00a0» n’est pas un nombre entre 0 et 1",
  badList: `sa liste «\u00a0least_errors\u00a0» ne contient pas de 1 à ${maxKnots} paires`,
  badPair: "sa liste «\u00a0least_errors\u00a0» contient autre chose que des paires de nombres entiers",
  notRising: "sa liste «\u00a0least_errors\u00a0» n’est pas croissante",
  badHours: `ses heures «\u00a0hours\u00a0» ne sont pas «\u00a0weekday\u00a0» et «\u00a0weekend\u00a0», chacune une liste de 24 nombres entiers de ${leastOfHour} à ${mostOfHour}`
}

const whyNoThreshold = (why: string): string => {
  for (const key of Object.keys(thresholdRefusals) as Array<keyof typeof thresholdReasons>) {
    if (thresholdReasons[key] === why) return thresholdRefusals[key]
  }
  return quoted(why)
}

const offClock = ({ name, clock: { kind, ahead_ms: aheadMs } }: SourceOffClock): string => {
  const off = `${visibleText(name)} est ${aheadMs > 0 ? "en avance" : "en retard"} de ${exactSpanText(aheadMs)}`
  if (kind === "zone") return `${off}\u00a0: mauvais fuseau horaire\u00a0?`
  return aheadMs > 0
    ? `${off}\u00a0: son horloge avance-t-elle\u00a0?`
    : `${off}\u00a0: son horloge retarde-t-elle, ou ses lignes sont-elles retenues en route\u00a0?`
}

const offClockRemedy = (source: SourceOffClock): string =>
  `Corrigez ses heures avec ${offsetFlag(source.name, rightOffsetMs(source))}.`

const causes: { readonly [cause in NoVerdictCause]: (lines: number, reason: RejectReason | undefined) => string } = {
  late: (lines) => many(lines, "est arrivée trop tard", "sont arrivées trop tard"),
  future: (lines) => many(lines, "est en avance sur l’horloge", "sont en avance sur l’horloge"),
  unparsed: (lines, reason) => `${many(lines, "est rejetée", "sont rejetées")} (${reasons[reason!]})`
}

const remedies: { readonly [cause in NoVerdictCause]: string } = {
  late: "Envoyez les lignes plus tôt, ou acceptez-les plus longtemps avec --horizon.",
  future:
    "L’horloge ou le fuseau horaire de leur source est faux\u00a0: corrigez-le, ou corrigez ses heures avec --source-offset.",
  unparsed: "`chaussettes parse FICHIER` montre pourquoi."
}

const noVerdict = ({ how, lines, unjudged, causes: some, reason, spanMs, offClock: off }: RecentNoVerdict): string => {
  const share = percentText("fr", unjudged / lines)
  const head =
    how === "NothingUsable"
      ? "Aucune ligne n’est lisible"
      : how === "MostUnjudged"
        ? `La plupart des lignes restent sans verdict (${share})`
        : `${share} des lignes restent sans verdict`
  const said = some.map(({ cause, lines: own }) => causes[cause](own, reason)).join(", ")
  const what = `sur ${many(lines, "ligne", "lignes")} des ${Math.round(spanMs / 60_000)} dernières minutes, ${said}.`
  const unlike = some.filter(({ cause }) => cause === "unparsed" || off.length === 0)
  const help = [
    ...off.map((source) => `${offClock(source)} ${offClockRemedy(source)}`),
    ...unlike.map(({ cause }) => remedies[cause])
  ]
  return `${head}\u00a0: ${what} ${help.join(" ")}`
}

const headline = (h: Headline): Sentence => {
  switch (h._tag) {
    case "Unreachable":
      return ["Le serveur NATS ne répond plus depuis ", { time: h.sinceMs }, "\u00a0; ce qui est affiché date d’avant."]
    case "NoData":
      return h.detector
        ? ["Le détecteur tourne, mais aucune fenêtre n’est encore décidée\u00a0: il attend des lignes."]
        : ["Pas encore de données\u00a0: aucun détecteur n’a écrit de fenêtre."]
    case "Wrong":
      return [
        ...incidentsFr.wrong(h.worst, h.others),
        ...(h.quiet === null ? [] : [" ", ...incidentsFr.alsoQuiet(h.quiet)]),
        ...(h.noVerdict === null ? [] : [` ${noVerdict(h.noVerdict)}`])
      ]
    case "NoVerdict":
      return [noVerdict(h.noVerdict)]
    case "DetectorNotReady":
      return [`Le détecteur n’est pas prêt. Il indique\u00a0: ${quoted(h.why)}.`]
    case "DetectorSilent":
      return [
        "Le détecteur se tait depuis ",
        { time: h.sinceMs },
        h.lagMessages > 0
          ? `\u00a0; ${many(h.lagMessages, "message attend", "messages attendent")} d’être lus.`
          : "\u00a0; rien n’attend d’être lu."
      ]
    case "CatchingUp":
      return [
        `${many(h.messages, "message reste à lire", "messages restent à lire")}${h.leftMs === null ? "" : `, soit environ ${durationText("fr", h.leftMs)}`}.`
      ]
    case "ThresholdRefused":
      return [
        `Le seuil «\u00a0${fr.dimensions[h.dimension]}\u00a0» du magasin clé-valeur seuils n’est pas appliqué\u00a0: ${whyNoThreshold(h.why)}. Le dernier seuil valable reste en vigueur.`
      ]
    case "RulesRefused":
      return [
        h.key === "ignore"
          ? `Les règles pour le trafic ignoré ne sont pas appliquées. Le détecteur indique\u00a0: ${quoted(h.why)}. Les dernières règles valables restent en vigueur.`
          : `Les formats déclarés par source ne sont pas appliqués. Le détecteur indique\u00a0: ${quoted(h.why)}. Les derniers formats valables restent en vigueur.`
      ]
    case "StrayThreshold":
      return [
        `Le magasin clé-valeur seuils contient la clé inconnue «\u00a0${visibleText(h.key)}\u00a0»\u00a0: les seuils sont global, ip et url. Pour la retirer\u00a0: chaussettes thresholds unset ${visibleText(h.key)}`
      ]
    case "Lost":
      return [
        `${many(h.messages, `message de ${logsName()} a été effacé`, `messages de ${logsName()} ont été effacés`)} avant que le détecteur ne les lise, depuis une heure.`
      ]
    case "NoLines":
      return [
        "Plus de lignes depuis ",
        { time: h.sinceMs },
        h.last?.isOpen === true ? ". À ce moment, quelque chose n’allait pas\u00a0: " : ".",
        ...(h.last?.isOpen === true ? [...incidentsFr.subject(h.last.event), "."] : [])
      ]
    case "Learning":
      return incidentsFr.learning(h.learning)
    case "Quiet":
      return incidentsFr.allQuiet(h.worst, h.quiet)
    case "Calm":
      return [
        ...(h.last === null
          ? ["Rien à signaler. Il n’y a eu aucun incident."]
          : ["Rien à signaler.", ...incidentsFr.last(h.last)]),
        ...(h.maintenanceUntilMs === null ? [] : [" ", ...incidentsFr.maintenance(h.maintenanceUntilMs)])
      ]
  }
}

const reasons: { readonly [reason in RejectReason]: string } = {
  empty: "ligne vide",
  too_long: "trop longue",
  control: "caractère de contrôle",
  prefix: "début de ligne, avant l’heure",
  client: "adresse du client",
  time: "heure",
  request: "requête",
  status: "statut",
  size: "taille",
  truncated: "tronquée",
  payload: "contenu inconnu",
  format: "format inconnu",
  ambiguous: "ambiguë",
  future: "dans le futur",
  late: "en retard"
}

const closedBy: { readonly [reason in ClosedBy]: string } = {
  watermark: "toutes les sources en ont dépassé la fin",
  idle: "plus aucune source n’envoyait de lignes",
  punctuation: "sa source a annoncé qu’elle avait terminé",
  limit: "une limite de mémoire était atteinte",
  late: "des lignes sont arrivées en retard\u00a0: elle a été jugée à nouveau"
}

const detector: { readonly [state in DetectorStatus]: string } = {
  running: "en marche",
  silent: "muet",
  never: "jamais lancé"
}

const detectorWhy = ({
  detector: { state, holder, notReady },
  lagMessages
}: Pick<Status, "detector" | "lagMessages">): string => {
  if (notReady.length > 0) return `pas prêt\u00a0; il indique\u00a0: ${notReady.map(quoted).join(", ")}`
  switch (state) {
    case "never":
      return "aucun détecteur n’a encore été lancé\u00a0; démarrez-en un avec chaussettes detect"
    case "silent":
      return holder === null
        ? "il s’est arrêté normalement\u00a0; démarrez-en un avec chaussettes detect"
        : "il ne donne plus signe de vie\u00a0: arrêté, bloqué, ou incapable d’écrire\u00a0; son journal et son /readyz en disent plus"
    case "running":
      return (lagMessages ?? 0) === 0
        ? "prêt\u00a0: toutes les lignes reçues sont lues"
        : `en rattrapage\u00a0: ${many(lagMessages ?? 0, "message attend", "messages attendent")} d’être lus`
  }
}

const toneWords: { readonly [tone in Tone]: string } = {
  bad: "Problème",
  warn: "Attention",
  unknown: "En attente",
  good: "Tout va bien"
}

const stateWords = { CatchingUp: "Rattrapage", Learning: "Apprentissage", Quiet: "En sourdine" } as const

export const fr: Words = {
  title: "Chaussettes",
  colon: "\u00a0: ",
  headline,
  headlineWord: (h: Headline): string =>
    h._tag === "CatchingUp" || h._tag === "Learning" || h._tag === "Quiet" ? stateWords[h._tag] : toneWords[toneOf(h)],
  views: {
    overview: "Vue d’ensemble",
    incidents: "Incidents",
    alerts: "Alertes",
    acts: "Sourdines",
    top: "Palmarès",
    explore: "Explorer",
    whatIf: "Et si",
    status: "État"
  },
  incidents: incidentsFr,
  viewsLabel: "Vues",
  skip: "Aller au contenu",
  dimensions: everyDimension(({ words }) => words.fr.one),
  dimensionsMany: everyDimension(({ words }) => words.fr.many),
  severities: { HIGH: "haute", MEDIUM: "moyenne" },
  fewRequests: (severity) => `${severity}, sur peu de requêtes`,
  reasons,
  closedBy,
  detector,
  detectorWhy,
  noVerdict,
  verdictsAgain: "Presque toutes les lignes des dernières minutes ont de nouveau leur verdict.",
  offClock,
  onTheClock: (source) => `${visibleText(source)} est de nouveau à l’heure.`,
  offClockRemedy,
  ago: (ms) => (ms < 1000 ? "à l’instant" : `il y a ${durationText("fr", ms)}`),
  status: {
    lines: "Requêtes par seconde",
    serverErrors: "Erreurs serveur (5xx)",
    clientErrors: "Erreurs client (4xx)",
    lastMinute: "la dernière minute",
    toRead: (messages) =>
      messages === 0
        ? "Chaque ligne est lue dès son arrivée."
        : `${many(messages, "message attend", "messages attendent")} d’être lus.`,
    decidedThrough: "décidé jusqu’à",
    lateAndRejected: (late, rejected) =>
      late + rejected === 0
        ? "Chaque ligne de la dernière heure a son verdict."
        : `Sur la dernière heure, ${many(late, "ligne est arrivée", "lignes sont arrivées")} trop tard et ${n(rejected)} restent illisibles.`,
    reading: "lecture",
    verdicts: "verdicts",
    linesHint: "sur la dernière minute du journal",
    errorRate: "Taux d’erreur",
    errors: "Erreurs",
    kinds: (client, server) => `${client} côté client (4xx), ${server} côté serveur (5xx)`,
    lag: "Retard",
    get lagHint(): string {
      return `messages de ${logsName()} pas encore lus`
    },
    watermark: "Délai de décision",
    watermarkHint: "de la fin de la dernière fenêtre décidée à maintenant",
    late: "En retard",
    rejected: "Rejetées",
    gap: "Messages perdus",
    lastHour: "depuis une heure",
    detectorTitle: "Détecteur",
    state: "état",
    holder: "instance active",
    generation: "génération",
    renewed: "dernier signe de vie",
    newest: "dernière fenêtre",
    get logs(): string {
      return logsName()
    },
    logsHeld: (messages, size) => `${many(messages, "message", "messages")}, ${size}`,
    sources: "Sources",
    source: "Source",
    lastEvent: "Dernière ligne du",
    notStored: (bytes: string, waited: string) => `${bytes} à enregistrer, en attente depuis ${waited}`,
    allStored: "tout est enregistré",
    lastSeen: "Dernier signe",
    ended: "terminée",
    noSources: "Aucune source n’a encore rien envoyé.",
    recentLines: "Lignes",
    recentHint: "des cinq dernières minutes, dont celles qui restent sans verdict",
    withoutVerdict: (lines) => `${lines} sans verdict`,
    delay: "Délai",
    delayHint:
      "entre l’heure d’une ligne et son enregistrement\u00a0: valeur habituelle, puis celle du dixième le plus lent",
    disorder: "Désordre",
    disorderHint: "retard d’une ligne sur les lignes plus récentes déjà reçues de sa source",
    lateness: "Attente",
    latenessHint: "temps pendant lequel une fenêtre attend les lignes tardives de la source",
    offset: (span) => `heures corrigées de ${span}`,
    offClockTitle: "Horloges décalées",
    moreOffClock: (count) => `${many(count, "autre source n’est", "autres sources ne sont")} pas à l’heure.`,
    thresholds: "Seuils en vigueur",
    threshold: "Seuil",
    revision: "révision",
    since: "depuis",
    method: "méthode",
    calculated: "calculé",
    noThreshold: "aucun dans le magasin clé-valeur",
    refused: "refusé",
    ignored: "Ignorées",
    ignoredLines: (lines) => many(lines, "requête", "requêtes"),
    rules: (count) => many(count, "règle", "règles"),
    formats: "Formats déclarés",
    formatsBy: (count) => many(count, "source", "sources"),
    formatChanges: "Format changé",
    formatChange: (source, was, now) => `${source}\u00a0: ${was}, puis ${now}`,
    unknownKeys: "Clés inconnues",
    unknownKey: (key, bucket) => `${key}, dans le magasin clé-valeur ${bucket}`,
    rejects: "Lignes rejetées et en retard",
    newestRejects: "Les plus récentes",
    noRejects: "Aucune ligne rejetée depuis une heure.",
    line: "Ligne"
  },
  rule: {
    never: "n’alerte jamais",
    above: (rate) => `alerte au-dessus de ${percentText("fr", rate)}`,
    from: (rate, errors) =>
      `alerte à partir de ${percentText("fr", rate)}, et d’au moins ${many(errors, "erreur", "erreurs")}`,
    setBy: { computed: "calculé", hand: "fixé à la main" },
    examples: (known) => known.map(([e, r], i) => `${n(e)}${i === 0 ? " requêtes" : ""} sur ${n(r)}`).join(", ")
  },
  screen: {
    requests: "Requêtes",
    errors: "Erreurs",
    lastHour: "requêtes, et part en erreur, sur une heure au plus",
    perSecond: (rate) => `${rate}/s`,
    ageOf: (age) => `il y a ${age}`,
    paused: "en pause",
    waiting: "Lecture…",
    lost: (since, why) => `Connexion perdue à ${since}\u00a0: ${why}. Nouvel essai…`,
    publicOnly: "Sans identifiants\u00a0: fenêtres décidées et alertes seulement, sans ce qui attend d’être lu.",
    above: "! au-dessus du seuil",
    incidents: "Incidents",
    noIncidents: "Aucun incident dans les dernières alertes.",
    noKeys: "Aucune erreur depuis une heure.",
    noMatch: (filter) => `Rien ne correspond à «\u00a0${filter}\u00a0».`,
    columns: {
      since: "depuis",
      lasts: "durée",
      severity: "gravité",
      key: "qui ou quoi",
      errors: "erreurs",
      rate: "taux"
    },
    lines: "lignes, les erreurs d’abord",
    more: (count) => `${n(count)} de plus`,
    filter: "Filtre",
    footer: "↑↓ choisir  tab volet  entrée expliquer  / filtrer  p pause \u00a0? aide  q quitter",
    shortFooter: "? aide  q quitter",
    backFooter: "↑↓ défiler  échap retour  q quitter",
    leftOut: (what) => `Faute de place, non affiché\u00a0: ${what}.`,
    course: "l’évolution",
    tooSmall: (columns, rows) => `L’écran est trop petit pour le reste\u00a0: il faut ${columns} × ${rows}.`,
    explaining: "Lecture des lignes de l’alerte…",
    noAlert: "Aucune alerte récente ne concerne cette clé.",
    help: [
      ["↑ ↓, j k", "choisir"],
      ["PgPréc PgSuiv, g G", "une page, au début, à la fin"],
      ["tab, ← →", "volet suivant, volet précédent"],
      ["entrée", "expliquer la pire alerte de la cause de l’incident ou de la clé"],
      ["/", "ne montrer que les clés qui contiennent un texte"],
      ["p", "pause et reprise"],
      ["échap", "retour"],
      ["q, Ctrl-C", "quitter"]
    ]
  },
  chart: {
    title: "Taux d’erreur",
    rate: "taux d’erreur",
    threshold: "seuil",
    requests: "requêtes par seconde",
    alerts: "alertes",
    window: "fenêtre",
    bucket: (d) => `un point représente ${d}`,
    live: "En direct",
    pause: "Pause",
    resume: "Reprendre le direct",
    zoomIn: "Zoom avant",
    zoomOut: "Zoom arrière",
    earlier: "Plus tôt",
    later: "Plus tard",
    hint: "Glisser pour zoomer. Au clavier\u00a0: flèches pour se déplacer, + et − pour zoomer, Fin pour le direct.",
    table: "En tableau",
    chart: "En graphique",
    loadingHistory: (share) => `les fenêtres plus anciennes sont en cours de lecture (${share})`,
    leftOut: "pour économiser la mémoire, le graphique omet les fenêtres antérieures à ",
    empty: "Aucune fenêtre dans cette période.",
    newest: " La fenêtre la plus récente est de ",
    goToNewest: "L’afficher",
    summary: (total, rate, alerts) =>
      `${total} ${isOne(total) ? "requête" : "requêtes"}, ${rate} d’erreurs, ${alerts} ${isOne(alerts) ? "alerte" : "alertes"} dans cette période`
  },
  spans: {
    "15m": "15 min",
    "1h": "1 h",
    "6h": "6 h",
    "1d": "1 jour",
    "7d": "7 jours",
    "30d": "30 jours",
    "1y": "1 an"
  },
  spanLabel: "Période",
  alerts: {
    incidents: "Incidents",
    moreIncidents: (count, atLeast) =>
      `${atLeast ? "au moins " : ""}${many(count, "autre incident", "autres incidents")}`,
    open: "en cours",
    closed: "terminé",
    alertsOf: (count) => many(count, "alerte", "alertes"),
    requestsOf: (errors, total) => `${n(errors)} sur ${n(total)} en erreur`,
    all: "toutes",
    dimension: "Dimension",
    severity: "Gravité",
    key: "IP ou URL",
    keyHint: "une partie suffit",
    shown: (shown, count, atLeast) =>
      `Voici les ${n(shown)} plus importants sur ${atLeast ? "au moins " : ""}${n(count)}\u00a0; pour les autres, choisissez une période plus courte.`,
    evidence: "Chaque fenêtre et clé au-dessus de son seuil\u00a0: ce qui étaye les incidents.",
    none: "Aucune alerte dans cette période.",
    noneFiltered: "Aucune alerte de cette période ne correspond.",
    more: "Plus anciennes",
    scanned: (count) => `Seules les ${n(count)} alertes les plus récentes de cette période ont été parcourues.`,
    suppressed: (count) =>
      `${many(count, "alerte supprimée", "alertes supprimées")}\u00a0: leur fenêtre en comptait trop.`
  },
  explain: {
    title: "L’alerte expliquée",
    open: "Expliquer l’alerte",
    back: "Retour aux alertes",
    verdict: (errors, total, rate) =>
      `${many(errors, "requête", "requêtes")} sur ${n(total)} en erreur\u00a0: ${rate}.`,
    plain: (rate, least, total) =>
      `Le seuil était de ${rate}\u00a0: sur ${many(total, "requête", "requêtes")}, il y a alerte à partir de ${many(least, "erreur", "erreurs")}.`,
    tabled: (least, total) =>
      `Le seuil en vigueur dépend du nombre de requêtes\u00a0: sur ${many(total, "requête", "requêtes")}, il y a alerte à partir de ${many(least, "erreur", "erreurs")}.`,
    thresholdRevision: (revision) => `révision ${n(revision)} du seuil`,
    window: "Fenêtre",
    decided: "Décidée parce que",
    course: "La même clé dans les fenêtres voisines",
    courseGlobal: "Tout le trafic dans les fenêtres voisines",
    courseHint: "compté sur les lignes elles-mêmes",
    courseTop: "d’après les dix pires clés de chaque fenêtre\u00a0: sans point, la clé n’en faisait pas partie",
    lines: "Les lignes de l’alerte",
    linesAgree: (total, errors) => `${logsName()} les contient toutes\u00a0: ${n(total)}, dont ${n(errors)} en erreur.`,
    linesPart: (total, wanted) =>
      `${logsName()} ne les contient plus toutes\u00a0: ${n(total)} sur ${n(wanted)}. Ses limites ont effacé les autres.`,
    byStatus: (statuses) => `Par statut\u00a0: ${statuses}.`,
    linesLater: (lines, errors, allErrors, all) =>
      `${lines === 1 ? `1 ligne ${errors === 1 ? "en erreur" : "sans erreur"} est arrivée en retard, après l’alerte` : `${n(lines)} lignes sont arrivées en retard, après l’alerte, dont ${n(errors)} en erreur`}\u00a0: au total, ${many(allErrors, "requête est", "requêtes sont")} en erreur sur ${n(all)}.`,
    get linesGone(): string {
      return `${logsName()} ne contient plus ces lignes\u00a0; ses limites les ont effacées.`
    },
    linesCut: (shown, total, id) =>
      `En voici ${n(shown)} sur ${n(total)}\u00a0; pour toutes\u00a0: chaussettes explain ${id}`,
    linesMany: (id) =>
      `Elles sont trop dispersées pour être affichées ici\u00a0; en ligne de commande\u00a0: chaussettes explain ${id}`,
    onlyErrors: "erreurs seulement",
    missing: "Cette alerte n’existe pas.",
    notAnId: "Ce n’est pas l’identifiant d’une alerte.",
    error: "erreur",
    copy: "Copier la commande",
    seq: "message"
  },
  top: {
    title: (what) => `${what} avec le plus d’erreurs`,
    bound:
      "Valeurs minimales\u00a0: chaque fenêtre ne retient que ses dix pires clés, les nombres réels peuvent être plus élevés.",
    errors: "Erreurs",
    requests: "Requêtes",
    rate: "Taux",
    none: "Aucune erreur dans cette période.",
    coarse: "Pour une période aussi longue, on compte des heures ou des jours entiers."
  },
  whatIf: {
    title: "Et si le seuil était un autre\u00a0?",
    intro: "Déplacez un seuil pour voir combien d’alertes de cette période resteraient.",
    inForce: "avec les seuils alors en vigueur",
    with: "avec ceux que vous essayez",
    now: "en vigueur maintenant",
    reset: "Revenir à ceux en vigueur",
    count: "Compter sur les lignes",
    get counting(): string {
      return `Comptage dans ${logsName()}…`
    },
    notCounted: "Pas encore compté",
    countedFor: "Compté sur les lignes de ",
    again: "Recompter",
    get needs(): string {
      return `Les IP et les URL doivent être recomptées dans ${logsName()}\u00a0: les fenêtres et les alertes ne disent pas combien de clés étaient calmes.`
    },
    tooMuch: (lines) =>
      `Cette période contient ${n(lines)} lignes, trop pour un comptage ici. Choisissez-en une plus courte, ou demandez en ligne de commande\u00a0: chaussettes thresholds what-if`,
    exact: (panes) => `sur ${many(panes, "cas", "cas")} avec assez de requêtes`,
    share: (share) => `${share} d’entre eux`,
    day: (count) => `${count} par jour`,
    gone: (missing) =>
      `${logsName()} ne contient plus ${many(missing, "requête", "requêtes")} de cette période\u00a0: elles ne sont pas comptées.`,
    tableNote:
      "Les seuils en vigueur demandent une part plus grande quand il y a peu de requêtes. Le curseur essaie un même taux, quel que soit ce nombre.",
    curve:
      "Les cas par nombre de requêtes et taux d’erreur\u00a0: plus un carré est soutenu, plus il en contient. Au-dessus d’une courbe, il y a alerte.",
    curveTried: "avec votre essai",
    curveInForce: "avec le seuil en vigueur",
    requests: "requêtes",
    force: "Pour le mettre en vigueur\u00a0:",
    busy: "Un autre comptage est en cours\u00a0; réessayez dans un instant."
  },
  explore: {
    by: "Ce qui est examiné",
    class: "Erreurs",
    classes: { errors: "Erreurs", "4xx": "4xx", "5xx": "5xx" },
    whole: "Laquelle",
    anyKey: "toutes",
    course: "Taux d’erreur comparé",
    now: "cette période",
    yesterday: "la veille",
    lastWeek: "la semaine précédente",
    when: "Quand",
    change: "Écart",
    sum: (errors, total, rate) =>
      `${many(errors, "erreur", "erreurs")} sur ${many(total, "requête", "requêtes")}\u00a0: ${rate}`,
    get needs(): string {
      return `Ces listes viennent des fenêtres décidées, qui ne nomment que les pires clés. Comptées dans ${logsName()}, elles sont exactes.`
    },
    get needsCount(): string {
      return `Pour une seule clé, il faut compter les lignes de ${logsName()}.`
    },
    get counting(): string {
      return `Comptage dans ${logsName()}…`
    },
    stop: "Arrêter",
    forget: "Sans comptage",
    tooMuch: (lines) =>
      `Cette période contient ${n(lines)} lignes, trop pour un comptage ici. Choisissez-en une plus courte, ou demandez en ligne de commande\u00a0: chaussettes report`,
    find: "Chercher dans les listes",
    exact: "Nombres exacts, comptés sur les lignes elles-mêmes.",
    keys: (count, atLeast) => `${atLeast ? "au moins " : ""}${n(count)}`,
    noKey: "Aucune clé de cette liste ne contient ce texte.",
    lines: "Lignes",
    showLines: "Afficher les lignes",
    shown: (shown, total) => `En voici ${n(shown)} sur ${n(total)}, les erreurs d’abord.`,
    save: (kind, of) => `Enregistrer en ${kind}\u00a0: ${of}`
  },
  choice: { language: "Langue", browser: "Langue\u00a0: automatique", zone: "Fuseau horaire" },
  states: {
    loading: "Chargement…",
    disconnected: "Connexion perdue",
    disconnectedSince: "ce qui est affiché date d’avant ",
    tryingAgain: "Nouvel essai…",
    failed: (why) => `Chargement impossible\u00a0: ${why}`,
    network: "le serveur de la page ne répond pas",
    again: "Réessayer",
    noData: "Pas encore de données",
    noDataHow: "Envoyez des lignes avec l’une de ces commandes\u00a0:",
    notFound: "Cette page n’existe pas."
  },
  login: { token: "Jeton d’accès", enter: "Se connecter", wrong: "Jeton incorrect." },
  theme: { label: "Couleurs", auto: "comme le système", light: "clair", dark: "sombre" }
}
