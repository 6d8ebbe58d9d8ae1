import { describe, expect, it } from "vitest";
import { Resampler } from "./resampler";

const OUT_HZ = 16_000;
/** The filter needs some samples to fill; they are left out of every measure. */
const SETTLED = 200;

function sine(hz: number, rateHz: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: rateHz * seconds },
    (_, n) => 0.5 * Math.sin((2 * Math.PI * hz * n) / rateHz),
  );
}

/** As a worklet would: 128 samples at a time. */
function inBlocks(resampler: Resampler, input: Float32Array): Float32Array {
  const output: number[] = [];
  for (let at = 0; at < input.length; at += 128)
    output.push(...resampler.process(input.subarray(at, at + 128)));
  return Float32Array.from(output);
}

function rms(samples: Float32Array): number {
  return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
}

/** Amplitude of one frequency, by correlation with it (a single bin of a Fourier transform). */
function amplitudeOf(hz: number, samples: Float32Array, rateHz: number): number {
  let [real, imaginary] = [0, 0];
  samples.forEach((value, n) => {
    real += value * Math.cos((2 * Math.PI * hz * n) / rateHz);
    imaginary += value * Math.sin((2 * Math.PI * hz * n) / rateHz);
  });
  return (2 * Math.hypot(real, imaginary)) / samples.length;
}

describe.each([48_000, 44_100, 96_000, 16_000, 8_000])("from %i Hz", (fromHz) => {
  it("keeps a tone of the voice as it is", () => {
    const output = inBlocks(new Resampler(fromHz, OUT_HZ), sine(440, fromHz, 1)).subarray(
      SETTLED,
      SETTLED + 8000,
    );
    expect(amplitudeOf(440, output, OUT_HZ)).toBeCloseTo(0.5, 2);
    expect(rms(output)).toBeCloseTo(0.5 / Math.SQRT2, 2);
  });

  it("keeps the level of a constant", () => {
    const output = inBlocks(new Resampler(fromHz, OUT_HZ), new Float32Array(fromHz).fill(0.25));
    expect(output.at(-1)).toBeCloseTo(0.25, 4);
  });

  it("gives as many samples as the time holds", () => {
    const output = inBlocks(new Resampler(fromHz, OUT_HZ), new Float32Array(fromHz));
    expect(Math.abs(output.length - OUT_HZ)).toBeLessThan(40);
  });
});

it.each([
  [48_000, 9_000],
  [48_000, 12_000],
  [44_100, 10_000],
  [96_000, 30_000],
])("suppresses what would fold back: %i Hz, tone of %i Hz", (fromHz, toneHz) => {
  const output = inBlocks(new Resampler(fromHz, OUT_HZ), sine(toneHz, fromHz, 1)).subarray(SETTLED);
  // 60 dB below the tone.
  expect(rms(output)).toBeLessThan(0.5 / Math.SQRT2 / 1000);
});

it("keeps the upper voice band, up to 6.5 kHz", () => {
  const output = inBlocks(new Resampler(48_000, OUT_HZ), sine(6_500, 48_000, 1)).subarray(
    SETTLED,
    SETTLED + 8000,
  );
  expect(amplitudeOf(6_500, output, OUT_HZ)).toBeGreaterThan(0.48);
});

it("does not depend on how the stream is cut into blocks", () => {
  const input = sine(1_000, 44_100, 0.2);
  const whole = new Resampler(44_100, OUT_HZ).process(input);
  const blocks = inBlocks(new Resampler(44_100, OUT_HZ), input);
  expect(blocks.length).toBe(whole.length);
  blocks.forEach((value, index) => {
    expect(value).toBeCloseTo(whole[index] ?? Number.NaN, 6);
  });
});
