import { beforeEach, describe, expect, it } from "vitest";
import { FakeAudioContext } from "@/testing/fakeAudio";
import { type AudioChunk, type Heard, ReplyPlayer } from "./player";

const RATE_HZ = 24_000;

function chunk(seconds: number, rest: Partial<AudioChunk> = {}): AudioChunk {
  const data = new Uint8Array(seconds * RATE_HZ * 2);
  return { turnId: "turn", sentenceIndex: 0, data, rateHz: RATE_HZ, sentenceFinished: false, ...rest };
}

let context: FakeAudioContext;
let heard: Heard[];
let playing: boolean[];
let player: ReplyPlayer;

beforeEach(() => {
  context = new FakeAudioContext();
  heard = [];
  playing = [];
  player = new ReplyPlayer(context.asContext(), {
    onHeard: (event) => heard.push(event),
    onPlaying: (event) => playing.push(event),
  });
});

/** When the sounds start; the first source is the silence before the reply. */
function starts(): number[] {
  return context.sources.slice(1).map(({ startsAt }) => Number(startsAt.toFixed(6)));
}

describe("scheduling", () => {
  it("starts after a small jitter buffer and then goes on without gaps", () => {
    player.enqueue(chunk(0.2));
    player.enqueue(chunk(0.2));
    context.advance(0.1);
    player.enqueue(chunk(0.1));
    expect(starts()).toEqual([0.12, 0.32, 0.52]);
  });

  it("buffers anew after it ran dry", () => {
    player.enqueue(chunk(0.2));
    context.advance(1);
    player.enqueue(chunk(0.2));
    expect(starts()).toEqual([0.12, 1.12]);
  });

  it("plays sentences one after the other", () => {
    player.enqueue(chunk(0.2, { sentenceFinished: true }));
    player.enqueue(chunk(0.2, { sentenceIndex: 1 }));
    expect(starts()).toEqual([0.12, 0.32]);
  });
});

/** The sentences that were heard to their end. */
function ended(): Heard[] {
  return heard.filter(({ finished }) => finished);
}

describe("what was heard", () => {
  it("begins with the first sound of the reply, once", () => {
    player.enqueue(chunk(0.2, { sentenceFinished: true }));
    context.advance(0.1);
    expect(heard).toEqual([]);
    context.advance(0.05);
    player.enqueue(chunk(0.2, { sentenceIndex: 1 }));
    context.advance(0.5);
    const begun = heard.filter(({ finished }) => !finished);
    expect(begun).toEqual([{ turnId: "turn", sentenceIndex: 0, offsetMs: 0, finished: false }]);
  });

  it("is nothing of a reply that was stopped before its first sound", () => {
    player.enqueue(chunk(0.2));
    player.stop();
    context.advance(1);
    expect(heard).toEqual([]);
  });

  it("is told for each sentence once its sound has ended, also when an empty chunk finishes it", () => {
    player.enqueue(chunk(0.2));
    player.enqueue(chunk(0.3));
    player.enqueue(chunk(0, { sentenceFinished: true }));
    context.advance(0.6);
    expect(ended()).toEqual([]);
    context.advance(0.1);
    expect(ended()).toEqual([{ turnId: "turn", sentenceIndex: 0, offsetMs: 500, finished: true }]);
  });

  it("is told at once when the end of a sentence comes after its sound", () => {
    player.enqueue(chunk(0.2));
    context.advance(1);
    player.enqueue(chunk(0, { sentenceFinished: true }));
    expect(ended()).toEqual([{ turnId: "turn", sentenceIndex: 0, offsetMs: 200, finished: true }]);
  });

  it("is told up to the moment of an interruption", () => {
    player.enqueue(chunk(0.2));
    player.enqueue(chunk(0.2));
    context.advance(0.42);
    expect(player.stop()).toEqual({ turnId: "turn", sentenceIndex: 0, offsetMs: 300, finished: false });
  });
});

describe("playing", () => {
  it("lasts through a hole in the middle of a sentence", () => {
    player.enqueue(chunk(0.2));
    context.advance(1);
    expect(playing).toEqual([true]);
    player.enqueue(chunk(0.2, { sentenceFinished: true }));
    context.advance(1);
    expect(playing).toEqual([true, false]);
  });

  it("ends when nothing more will come", () => {
    player.enqueue(chunk(0.2));
    context.advance(1);
    player.settle();
    expect(player.playing).toBe(false);
  });

  it("goes on until the end of what is there when nothing more will come", () => {
    player.enqueue(chunk(0.2));
    player.settle();
    expect(player.playing).toBe(true);
    context.advance(1);
    expect(player.playing).toBe(false);
  });
});

describe("stop", () => {
  it("silences everything, and what still comes of that reply", () => {
    player.enqueue(chunk(0.2));
    player.enqueue(chunk(0.2, { sentenceIndex: 1 }));
    player.stop();
    player.enqueue(chunk(0.2, { sentenceIndex: 2 }));
    expect(context.sources.slice(1).map(({ stopped }) => stopped)).toEqual([true, true]);
    expect(playing).toEqual([true, false]);
  });

  it("lets the next reply be heard", () => {
    player.enqueue(chunk(0.2));
    player.stop();
    player.enqueue(chunk(0.2, { turnId: "next" }));
    expect(context.sources.filter(({ stopped }) => !stopped).length).toBeGreaterThan(0);
    expect(player.playing).toBe(true);
  });

  it("gives nothing when nothing was playing", () => {
    expect(player.stop()).toBeNull();
  });
});
