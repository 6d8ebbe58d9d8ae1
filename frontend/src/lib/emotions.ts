import { EmotionLabel } from "@/gen/voicecbt/emotion/v1/emotion_pb";

interface EmotionWords {
  readonly label: EmotionLabel;
  /** The key that moods and summaries use. */
  readonly name: string;
  readonly noun: string;
  /** Fits after "you sound". */
  readonly adjective: string;
}

const ALL: readonly EmotionWords[] = [
  { label: EmotionLabel.NEUTRAL, name: "neutral", noun: "nothing much", adjective: "even" },
  { label: EmotionLabel.CALM, name: "calm", noun: "calm", adjective: "calm" },
  { label: EmotionLabel.JOY, name: "joy", noun: "joy", adjective: "glad" },
  { label: EmotionLabel.SADNESS, name: "sadness", noun: "sadness", adjective: "sad" },
  { label: EmotionLabel.ANGER, name: "anger", noun: "anger", adjective: "angry" },
  { label: EmotionLabel.FEAR, name: "fear", noun: "fear", adjective: "afraid" },
  { label: EmotionLabel.ANXIETY, name: "anxiety", noun: "anxiety", adjective: "anxious" },
  { label: EmotionLabel.DISGUST, name: "disgust", noun: "disgust", adjective: "disgusted" },
  { label: EmotionLabel.SURPRISE, name: "surprise", noun: "surprise", adjective: "surprised" },
  { label: EmotionLabel.SHAME, name: "shame", noun: "shame", adjective: "ashamed" },
  { label: EmotionLabel.HOPELESSNESS, name: "hopelessness", noun: "hopelessness", adjective: "hopeless" },
];

/** The emotions that a person may name in a mood entry. */
export const EMOTIONS = ALL.filter(({ label }) => label !== EmotionLabel.NEUTRAL);

/** `anxious` for ANXIETY; empty for a label that this version does not know. */
export function emotionAdjective(label: EmotionLabel): string {
  return ALL.find((emotion) => emotion.label === label)?.adjective ?? "";
}

/** `anxiety` for the key that summaries use. */
export function emotionNoun(name: string): string {
  return ALL.find((emotion) => emotion.name === name)?.noun ?? name.replaceAll("_", " ");
}
