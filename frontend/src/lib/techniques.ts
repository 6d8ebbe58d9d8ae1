/** What each technique does, in plain words. */
const IN_PLAIN_WORDS: Readonly<Record<string, string>> = {
  assertiveness: "saying what you need, kindly and clearly",
  behavioural_activation: "doing small things that bring some life back",
  breathing: "calming the body through the breath",
  cognitive_restructuring: "looking at a thought from other sides",
  defusion: "seeing thoughts as thoughts, not as facts",
  exposure_ladder: "facing what you fear in small steps",
  grounding: "coming back to the here and now",
  problem_solving: "taking a problem apart into steps",
  relapse_prevention: "keeping what has helped",
  relaxation: "letting the tension go",
  self_compassion: "being as kind to yourself as to a friend",
  sleep_hygiene: "habits for better sleep",
  supportive_listening: "listening, and putting it into words",
  thought_record: "writing a thought down and weighing it",
  worry_time: "giving worries their own time of the day",
};

/** A technique's name and what it does: `grounding (coming back to the here and now)`; empty for none. */
export function techniqueInWords(technique: string): string {
  const name = technique.replaceAll("_", " ");
  const meaning = IN_PLAIN_WORDS[technique];
  return meaning ? `${name} (${meaning})` : name;
}
