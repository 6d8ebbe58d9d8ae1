/** BCP 47 tags of languages that recognition knows well. */
const TAGS = [
  "ar",
  "de",
  "en",
  "es",
  "fr",
  "hi",
  "it",
  "ja",
  "ko",
  "nl",
  "pl",
  "pt",
  "ru",
  "sv",
  "tr",
  "uk",
  "zh",
] as const;

export interface Language {
  readonly tag: string;
  readonly name: string;
}

/** Languages to choose from, each under its own name, and the one that is chosen already, whatever it is. */
export function languages(chosen: string): Language[] {
  const tags: readonly string[] = TAGS;
  const offered = chosen === "" || tags.includes(chosen) ? tags : [...tags, chosen];
  return offered.map((tag) => ({ tag, name: nameOf(tag) })).sort((a, b) => a.name.localeCompare(b.name));
}

function nameOf(tag: string): string {
  try {
    return new Intl.DisplayNames([tag], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag; // Stored by another client, and not a tag that this browser can read.
  }
}
