/** Zero crossings of the filter on each side: 16 keep the pass band flat to 0.9 of Nyquist and suppress aliases. */
const ZERO_CROSSINGS = 16;
/** Where the filter starts to close, as a share of the lower Nyquist frequency. */
const CUTOFF = 0.92;
/** Kaiser window parameter: about 80 dB of stop-band attenuation. */
const KAISER_BETA = 8;

/**
 * Changes the sample rate of a stream of mono audio, block by block, by a polyphase windowed-sinc low-pass filter
 * (J. O. Smith, Digital Audio Resampling). Rates are whole Hz; samples are -1 to 1. The output is delayed by
 * `ZERO_CROSSINGS` samples of the lower rate.
 */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly half: number;
  private readonly phases: Float32Array[];
  /** The last input samples that later outputs still need. */
  private history: Float32Array;
  /** Position of the next output in `history`, in input samples times `up`. */
  private position = 0;

  constructor(fromHz: number, toHz: number) {
    const common = greatestCommonDivisor(fromHz, toHz);
    this.up = toHz / common;
    this.down = fromHz / common;
    const cutoff = Math.min(1, toHz / fromHz) * CUTOFF;
    this.half = Math.ceil(ZERO_CROSSINGS / cutoff);
    this.phases = Array.from({ length: this.up }, (_, phase) => taps(phase / this.up, this.half, cutoff));
    this.history = new Float32Array(2 * this.half - 1);
  }

  /** The output samples that this block completes; may be none for a short block. */
  process(block: Float32Array): Float32Array {
    const input = new Float32Array(this.history.length + block.length);
    input.set(this.history);
    input.set(block, this.history.length);
    const end = (input.length - 2 * this.half) * this.up;
    const count = this.position > end ? 0 : Math.floor((end - this.position) / this.down) + 1;
    const output = new Float32Array(count);
    for (let index = 0; index < count; index++) {
      output[index] = this.sampleAt(input);
      this.position += this.down;
    }
    this.keep(input);
    return output;
  }

  private sampleAt(input: Float32Array): number {
    const start = Math.floor(this.position / this.up);
    const filter = this.phases[this.position % this.up] ?? new Float32Array();
    let sum = 0;
    for (let tap = 0; tap < filter.length; tap++) sum += (filter[tap] ?? 0) * (input[start + tap] ?? 0);
    return sum;
  }

  private keep(input: Float32Array): void {
    const used = Math.min(Math.floor(this.position / this.up), input.length);
    this.history = input.slice(used);
    this.position -= used * this.up;
  }
}

/** The filter for outputs that lie `fraction` of an input sample after the tap at index `half - 1`; sums to 1. */
function taps(fraction: number, half: number, cutoff: number): Float32Array {
  const filter = Float32Array.from({ length: 2 * half }, (_, index) => {
    const distance = index - (half - 1) - fraction;
    return sinc(cutoff * distance) * kaiser(distance / half);
  });
  const sum = filter.reduce((total, value) => total + value, 0);
  return filter.map((value) => value / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : besselI0(KAISER_BETA * Math.sqrt(1 - x * x)) / besselI0(KAISER_BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function besselI0(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
