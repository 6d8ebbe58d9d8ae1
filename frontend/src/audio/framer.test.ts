import { describe, expect, it } from "vitest";
import { type CapturedFrame, Framer } from "./framer";
import { LevelMeter, loudness } from "./level";
import { floatToPcm16, pcm16ToFloat } from "./pcm";

describe("PCM16", () => {
  it("survives the way there and back", () => {
    const samples = Float32Array.from([0, 0.5, -0.5, 0.999, -1]);
    const back = pcm16ToFloat(floatToPcm16(samples));
    back.forEach((value, index) => {
      expect(value).toBeCloseTo(samples[index] ?? Number.NaN, 3);
    });
  });

  it("is little endian, and clips instead of wrapping", () => {
    expect([...floatToPcm16(Float32Array.from([2, -2]))]).toEqual([0xff, 0x7f, 0x00, 0x80]);
  });

  it("reads from the middle of a buffer and ignores half a sample", () => {
    const bytes = Uint8Array.from([9, 9, 0x00, 0x40, 7]).subarray(2);
    expect([...pcm16ToFloat(bytes)]).toEqual([0.5]);
  });
});

describe("Framer", () => {
  it("gives frames of 20 ms at 16 kHz, and their level", () => {
    const frames: CapturedFrame[] = [];
    const framer = new Framer(48_000, 16_000, (frame) => frames.push(frame));
    for (let block = 0; block < 375; block++) framer.push(new Float32Array(128).fill(0.5));
    expect(frames.length).toBe(50);
    expect(frames.every(({ data }) => data.byteLength === 640)).toBe(true);
    expect(frames.at(-1)?.level).toBeCloseTo(0.5, 3);
  });
});

describe("loudness", () => {
  it.each([
    [0, 0],
    [0.001, 0],
    [1, 1],
    [0.0316, 0.5],
  ])("of %f is %f", (rms, expected) => {
    expect(loudness(rms)).toBeCloseTo(expected, 2);
  });

  it("is told to who listens, and no longer to who has left", () => {
    const meter = new LevelMeter();
    const heard: number[] = [];
    const leave = meter.subscribe((level) => heard.push(level));
    meter.push(1);
    leave();
    meter.push(0.5);
    expect(heard).toEqual([1]);
  });
});
